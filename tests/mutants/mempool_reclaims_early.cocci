// SPDX-License-Identifier: GPL-2.0
// claim: mempool prefers_backing, mempool guarantee
// file: mm/mempool.c
// in: mempool_adjust_gfp mempool_alloc_noprof mempool_alloc
// places: 1
// why: Only one of the two flags is taken off for the first try. It may then
//	reclaim, and be slow at it, though the reserve is full.
@@
@@
- __GFP_DIRECT_RECLAIM | __GFP_IO
+ __GFP_IO
