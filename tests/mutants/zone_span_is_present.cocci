// SPDX-License-Identifier: GPL-2.0
// claim: zone extents
// file: mm/mm_init.c mm/page_alloc.c
// in: calculate_node_totalpages
// places: 1
// why: The span of a zone is set to the pages present in it. Without holes it
//	is the same; with the hole below 1 MiB the zone ends too early and its
//	last frames are in none or in the next.
@@
expression zone, span;
@@
- zone->spanned_pages = span;
+ zone->spanned_pages = real_size;
