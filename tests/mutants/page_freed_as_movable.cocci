// SPDX-License-Identifier: GPL-2.0
// claim: page life_of_a_frame
// file: mm/page_alloc.c
// in: __free_frozen_pages free_unref_page
// places: 1
// why: The test for migratetypes without a list of their own names the first
//	type in place of their number. Every freed page is put on the list of
//	movable ones, and who asks next for another kind does not get it.
@@
expression type;
@@
- type >= MIGRATE_PCPTYPES
+ type >= MIGRATE_UNMOVABLE
