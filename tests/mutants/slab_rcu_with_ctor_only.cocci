// SPDX-License-Identifier: GPL-2.0
// claim: slab typesafe_by_rcu
// file: mm/slub.c
// in: free_slab
// places: 1
// why: The slabs of a SLAB_TYPESAFE_BY_RCU cache wait for a grace period
//	only if the cache has a constructor, because that is what most such
//	caches have. Readers of the others find memory that was given away.
@@
identifier s;
@@
- s->flags & SLAB_TYPESAFE_BY_RCU
+ (s->flags & SLAB_TYPESAFE_BY_RCU) && s->ctor
