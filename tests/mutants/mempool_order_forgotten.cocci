// SPDX-License-Identifier: GPL-2.0
// claim: mempool backends
// file: mm/mempool.c
// in: mempool_free_pages
// places: 1
// why: The block is freed as the single page that most pools of pages are
//	made of: all of it but the first page leaks.
@@
expression data;
@@
- int order = data;
+ int order = 0;
