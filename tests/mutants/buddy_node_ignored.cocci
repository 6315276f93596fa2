// SPDX-License-Identifier: GPL-2.0
// claim: buddy numa_node
// file: mm/page_alloc.c
// in: prepare_alloc_pages
// places: 1
// why: The zones are looked up for the node that runs instead of the node that
//	was asked for. On a machine with one node, and for most requests, it is
//	the same.
@@
identifier nid, gfp;
@@
- node_zonelist(nid, gfp)
+ node_zonelist(numa_node_id(), gfp)
