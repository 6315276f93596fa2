// SPDX-License-Identifier: GPL-2.0
// claim: slab merge
// file: mm/slab_common.c mm/slub.c
// in: __kmem_cache_alias
// places: 1
// why: A lost line: a cache that is merged into another does not count
//	as a user of it, and the first of the two that ends ends both.
@@
identifier s;
@@
- s->refcount++;
