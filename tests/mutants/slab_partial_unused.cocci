// SPDX-License-Identifier: GPL-2.0
// claim: slab grow
// file: mm/slub.c
// in: get_partial_node_bulk get_partial_node
// places: 1
// why: A node keeps min_partial slabs; here they are kept from the
//	node's own CPUs too, as get_any_partial() keeps them from others. A
//	new slab is begun though there is room in old ones.
@@
symbol s;
identifier n;
@@
- !n->nr_partial
+ n->nr_partial < s->min_partial
