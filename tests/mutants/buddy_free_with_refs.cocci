// SPDX-License-Identifier: GPL-2.0
// claim: buddy refcount
// file: mm/page_alloc.c
// in: ___free_pages __free_pages
// places: 1
// why: A page without tails is freed by its owner's call though others hold
//	references: the test for a head, which decides what remains to be freed
//	when references are left, slips into the condition above it.
@@
identifier page;
@@
- put_page_testzero(page)
+ put_page_testzero(page) || !head
