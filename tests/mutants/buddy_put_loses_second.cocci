// SPDX-License-Identifier: GPL-2.0
// claim: buddy refcount
// file: mm/page_alloc.c
// in: ___free_pages __free_pages
// places: 1
// why: When a block without tails is freed while somebody holds a reference to
//	its first page, all others must be freed at once. The loop ends one
//	part too early and the second page is lost.
@@
identifier order;
@@
- order-- > 0
+ order-- > 1
