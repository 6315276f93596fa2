// SPDX-License-Identifier: GPL-2.0
// claim: mempool nowait_fails
// file: mm/mempool.c
// in: mempool_alloc_from_pool mempool_alloc_noprof mempool_alloc
// places: 1
// why: __GFP_RECLAIM is taken for the flag that allows sleeping. It contains
//	the one that wakes kswapd, which GFP_NOWAIT and GFP_ATOMIC have too.
@@
@@
- gfp_mask & __GFP_DIRECT_RECLAIM
+ gfp_mask & __GFP_RECLAIM
