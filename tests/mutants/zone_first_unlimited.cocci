// SPDX-License-Identifier: GPL-2.0
// claim: buddy zone_modifiers
// file: mm/page_alloc.c
// in: prepare_alloc_pages
// places: 1
// why: The search for the first zone is not limited to what the request
//	allows. The limit is applied from the second zone on, so GFP_DMA is
//	served from the highest zone whenever that has memory.
@@
expression list, idx, nodes;
@@
- first_zones_zonelist(list, idx, nodes)
+ first_zones_zonelist(list, MAX_NR_ZONES - 1, nodes)
