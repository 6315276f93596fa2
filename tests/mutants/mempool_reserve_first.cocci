// SPDX-License-Identifier: GPL-2.0
// claim: mempool prefers_backing
// file: mm/mempool.c
// in: mempool_alloc_noprof mempool_alloc
// places: 1
// why: What is at hand is handed out before the backing allocator is asked, as
//	a cache would do it. A pool that does has nothing left when memory is
//	short.
@@
expression gfp, data;
@@
- element = pool->alloc(gfp, data)
+ element = pool->curr_nr ? NULL : pool->alloc(gfp, data)
