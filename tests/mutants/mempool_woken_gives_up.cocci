// SPDX-License-Identifier: GPL-2.0
// claim: mempool concurrent, mempool waits
// file: mm/mempool.c
// in: mempool_alloc_noprof mempool_alloc
// places: 1
// why: Whoever was woken does not look again: the jump back is lost, as it
//	may be when the waiting is moved into a function of its own.
@@
expression list queue;
@@
(
- if (gfp_mask & __GFP_DIRECT_RECLAIM) { goto repeat_alloc; }
|
  finish_wait(queue);
- goto repeat_alloc;
+ return NULL;
)
