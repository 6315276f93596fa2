// SPDX-License-Identifier: GPL-2.0
// claim: slab numa_node
// file: mm/slub.c
// in: node_match alloc_from_pcs
// places: 1
// why: The node asked for is looked at only where a new slab is needed,
//	as on a machine without nodes: an object that the CPU has at hand
//	comes from wherever it lies. The CPU's own node is right nearly
//	always.
@@
identifier node;
expression E;
@@
- if (node != NUMA_NO_NODE && E)
- 	return 0;

@@
symbol node_requested;
expression E;
@@
- node_requested = E;
+ node_requested = false;
