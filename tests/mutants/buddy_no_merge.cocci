// SPDX-License-Identifier: GPL-2.0
// claim: buddy coalesce
// file: mm/page_alloc.c
// in: __free_one_page
// places: 1
// why: The loop that merges ends one order too early when the largest order
//	became inclusive (6.4), an off-by-one that was made in several places
//	of that change.
@@
expression order, limit;
@@
- while (order < limit)
+ while (order + 1 < limit)
  { ... }
