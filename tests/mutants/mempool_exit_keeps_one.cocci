// SPDX-License-Identifier: GPL-2.0
// claim: mempool destroy_frees
// file: mm/mempool.c
// in: mempool_exit
// places: 1
// why: An off-by-one: the count of elements is taken for the index of the last
//	one, and the first stays behind.
@@
@@
- while (pool->curr_nr)
+ while (pool->curr_nr > 1)
  { ... }
