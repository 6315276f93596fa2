// SPDX-License-Identifier: GPL-2.0
// claim: slab create_destroy
// file: mm/slub.c
// in: free_partial
// places: 1
// why: discard_slab() does two things, of which one is forgotten when it
//	is taken apart: the empty slabs of a cache that ends are no longer
//	counted, but their frames go back to nobody.
@@
identifier s, slab;
@@
- discard_slab(s, slab);
+ dec_slabs_node(s, slab_nid(slab), slab->objects);
