// SPDX-License-Identifier: GPL-2.0
// claim: buddy exact
// file: mm/page_alloc.c
// in: make_alloc_exact
// places: 1
// why: Bytes become pages by a division that rounds down: the last page of a
//	request that does not fill it is given back. Most callers ask for whole
//	pages.
@@
expression size;
@@
- DIV_ROUND_UP(size, PAGE_SIZE)
+ size / PAGE_SIZE
