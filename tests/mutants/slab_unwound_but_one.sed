# SPDX-License-Identifier: GPL-2.0
# claim: slab bulk
# file: mm/slub.c
# in: __kmem_cache_alloc_bulk kmem_cache_alloc_bulk
# places: 1
# why: An off-by-one in the unwinding of a bulk allocation that could not
#	be completed: the last object that was had is given back to nobody. The
#	path is taken only when memory is short.
/slub_put_cpu_ptr|refill_objects/,$s/(free_bulk\(s, i),/\1 ? i - 1 : 0,/
