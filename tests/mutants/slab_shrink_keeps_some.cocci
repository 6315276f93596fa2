// SPDX-License-Identifier: GPL-2.0
// claim: slab shrink
// file: mm/slub.c
// in: __kmem_cache_do_shrink
// places: 1
// why: A node keeps min_partial slabs wherever an empty one is about to
//	leave, but not where the cache is told to shrink; a clean-up that
//	makes all these places alike.
@@
symbol n, s;
identifier free, slab;
@@
- free == slab->objects
+ free == slab->objects && n->nr_partial > s->min_partial
