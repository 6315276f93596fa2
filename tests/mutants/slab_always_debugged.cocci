// SPDX-License-Identifier: GPL-2.0
// claim: slab per_cpu
// file: mm/slub.c
// in: kmem_cache_debug
// places: 1
// kernels: 6.1-6.12
// why: That the kernel has the debugging code is taken for a cache being
//	debugged: no CPU has a slab of its own, all draw objects one by one
//	from the node's list. Nothing fails, all is slower.
@@
expression s, mask;
@@
- kmem_cache_debug_flags(s, mask)
+ IS_ENABLED(CONFIG_SLUB_DEBUG)
