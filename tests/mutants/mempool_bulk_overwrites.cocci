// SPDX-License-Identifier: GPL-2.0
// claim: mempool bulk
// file: mm/mempool.c
// in: mempool_alloc_bulk_noprof
// places: 1
// kernels: 6.19-
// why: The reserve is asked for the whole bulk and not for what is still
//	missing. The elements that the backing allocator had given are
//	overwritten, and leak.
@@
expression pool, elems, count, gfp;
@@
  mempool_alloc_from_pool(pool, elems, count,
- allocated
+ 0
  , gfp)
