// SPDX-License-Identifier: GPL-2.0
// claim: mempool bulk
// file: mm/mempool.c
// in: mempool_alloc_from_pool
// places: 1
// kernels: 6.19-
// why: The reserve has to hold the whole bulk, though only what is still
//	missing is taken out of it. The caller sleeps in front of elements that
//	would do.
@@
expression pool, count, allocated;
@@
- pool->curr_nr < count - allocated
+ pool->curr_nr < count
