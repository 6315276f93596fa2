// SPDX-License-Identifier: GPL-2.0
// claim: buddy hot_page
// file: mm/page_alloc.c
// in: free_unref_page_commit free_frozen_page_commit
// places: 1
// why: A freed page goes to the wrong end of its CPU's list. Nothing breaks,
//	but the next page handed out is the one that the caches have forgotten.
@@
expression page, list;
@@
- list_add(page, list)
+ list_add_tail(page, list)
