// SPDX-License-Identifier: GPL-2.0
// claim: buddy coalesce
// file: mm/page_alloc.c
// in: __free_one_page
// places: 1
// why: An off-by-one in the loop that merges. "mm, treewide: redefine MAX_ORDER
//	sanely" (6.4) made the largest order inclusive because of such slips,
//	and "dm-crypt: start allocating with MAX_ORDER" (6.7) mended one more.
@@
expression order, limit;
@@
- while (order < limit)
+ while (order + 1 < limit)
  { ... }
