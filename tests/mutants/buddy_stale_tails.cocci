// SPDX-License-Identifier: GPL-2.0
// claim: buddy compound
// file: mm/page_alloc.c
// in: free_tail_page_prepare free_tail_pages_check
// places: 1
// why: The tails of a compound block that is freed are not told so, a line
//	lost among the checks that are compiled out. Whoever gets the frames
//	next in a block without __GFP_COMP finds tails in it.
@@
expression page;
@@
- clear_compound_head(page);
