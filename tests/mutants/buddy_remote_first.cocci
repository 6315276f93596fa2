// SPDX-License-Identifier: GPL-2.0
// claim: buddy numa_node
// file: mm/page_alloc.c
// in: build_zonelists_in_node_order
// places: 1
// why: The nodes are taken from the far end of their list: memory comes from
//	the most distant node first. __GFP_THISNODE has a list of its own and
//	hides it.
@@
expression order;
identifier i;
@@
- NODE_DATA(order[i])
+ NODE_DATA(order[nr_nodes - 1 - i])
