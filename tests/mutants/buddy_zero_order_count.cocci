// SPDX-License-Identifier: GPL-2.0
// claim: buddy zero
// file: mm/page_alloc.c
// in: post_alloc_hook
// places: 1
// why: An order is given where a number of pages is wanted. For one page and
//	for two it comes to the same, so that little at boot would notice.
@@
identifier clear =~ "^(kernel_init_pages|clear_highpages_kasan_tagged)$";
expression page;
identifier order;
@@
- clear(page, 1 << order)
+ clear(page, order + 1)
