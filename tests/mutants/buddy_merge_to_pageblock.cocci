// SPDX-License-Identifier: GPL-2.0
// claim: buddy coalesce
// file: mm/page_alloc.c
// in: __free_one_page
// places: 1
// why: Pageblocks are where merging becomes careful about migratetypes. Here
//	it ends there, and an order too early: a bound that is inclusive in one
//	place and exclusive in the next.
@@
identifier order;
expression limit;
@@
- while (order < limit)
+ while (order < pageblock_order - 1)
  { ... }
