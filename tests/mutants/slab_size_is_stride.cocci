// SPDX-License-Identifier: GPL-2.0
// claim: slab object_size
// file: mm/slab_common.c
// in: kmem_cache_size
// places: 1
// why: struct kmem_cache has two sizes, with the metadata and without,
//	whose names are easily confused. They are the same for a multiple of a
//	word without debugging.
@@
identifier s;
@@
- s->object_size
+ s->size
