// SPDX-License-Identifier: GPL-2.0
// claim: page census
// file: mm/page_alloc.c
// in: expand
// places: 1
// why: The free halves that a split leaves are marked with the order that was
//	asked for and not with their own: one of two neighbouring parameters
//	taken for the other.
@@
identifier high;
expression page;
@@
- set_buddy_order(page, high)
+ set_buddy_order(page, low)
