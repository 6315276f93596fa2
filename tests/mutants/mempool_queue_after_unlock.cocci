// SPDX-License-Identifier: GPL-2.0
// claim: mempool waits
// file: mm/mempool.c
// in: mempool_alloc_from_pool mempool_alloc_noprof mempool_alloc
// places: 2
// why: The lock is dropped before the caller stands in the queue, to shorten
//	what is done under it. An element that is freed in between wakes
//	nobody.
@@
expression list queue, lock;
@@
- prepare_to_wait(queue);
  spin_unlock_irqrestore(lock);
+ prepare_to_wait(queue);
