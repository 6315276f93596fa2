// SPDX-License-Identifier: GPL-2.0
// claim: mempool refills_first
// file: mm/mempool.c
// in: mempool_free_bulk mempool_free
// places: 1
// why: Somebody waits only where the reserve is empty, so only then a freed
//	element seems to be needed. The rest of the reserve is never refilled.
@@
@@
- READ_ONCE(pool->curr_nr) < pool->min_nr
+ !READ_ONCE(pool->curr_nr)
