// SPDX-License-Identifier: GPL-2.0
// claim: mempool waits
// file: mm/mempool.c
// in: mempool_free_bulk mempool_free
// places: 1
// why: To spare wake-ups, sleepers are woken only when the reserve is whole
//	again, which it may not be for long.
@bulk@
expression queue;
@@
- unlikely(added) && wq_has_sleeper(queue)
+ added && pool->curr_nr == pool->min_nr && wq_has_sleeper(queue)
@depends on never bulk@
@@
- wake_up(&pool->wait);
+ if (pool->curr_nr == pool->min_nr)
+ 	wake_up(&pool->wait);
