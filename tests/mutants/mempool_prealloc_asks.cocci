// SPDX-License-Identifier: GPL-2.0
// claim: mempool preallocated
// file: mm/mempool.c
// in: mempool_alloc_preallocated
// places: 1
// kernels: 6.8-
// why: Where the reserve is empty it goes on to the allocation function, as
//	mempool_alloc() does. Its users call it where that one must not run.
@old@
@@
- return NULL;
+ return pool->alloc(GFP_NOWAIT, pool->pool_data);
@depends on never old@
@@
- return element;
+ return element ?: pool->alloc(GFP_NOWAIT, pool->pool_data);
