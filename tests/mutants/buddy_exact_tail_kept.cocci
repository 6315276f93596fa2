// SPDX-License-Identifier: GPL-2.0
// claim: buddy exact
// file: mm/page_alloc.c
// in: make_alloc_exact
// places: 1
// why: An off-by-one at the end of the block: its last page is neither the
//	caller's nor given back.
@@
expression start, page, last;
@@
- for (start; page < last; page++)
+ for (start; page + 1 < last; page++)
  { ... }
