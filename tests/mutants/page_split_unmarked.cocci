// SPDX-License-Identifier: GPL-2.0
// claim: page census, buddy split
// file: mm/page_alloc.c
// in: expand
// places: 1
// why: The free halves that a split leaves are put on their lists but not
//	marked as free blocks, one of two lines that belong together. They can
//	be had, and never merge again.
@@
expression page, high;
@@
- set_buddy_order(page, high);
