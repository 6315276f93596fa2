// SPDX-License-Identifier: GPL-2.0
// claim: mempool bulk
// file: mm/mempool.c
// in: mempool_free_bulk
// places: 1
// kernels: 6.19-
// why: The wake-up stays with the free of a single element when the one for
//	several is split from it.
@@
expression queue;
@@
- unlikely(added) && wq_has_sleeper(queue)
+ added && count == 1 && wq_has_sleeper(queue)
