// SPDX-License-Identifier: GPL-2.0
// claim: mempool preallocates, mempool guarantee
// file: mm/mempool.c
// in: mempool_init_node
// places: 1
// why: An off-by-one in the loop that fills the reserve: the last index is
//	taken for the number of elements.
@@
expression limit;
@@
- while (pool->curr_nr < limit)
+ while (pool->curr_nr < limit - 1)
  { ... }
