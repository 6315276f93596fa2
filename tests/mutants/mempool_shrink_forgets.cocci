// SPDX-License-Identifier: GPL-2.0
// claim: mempool resize
// file: mm/mempool.c
// in: mempool_resize
// places: 1
// why: A lost line: what is over is freed, but the size stays as it was, and
//	the next elements that come back fill the reserve up again.
@@
@@
- pool->min_nr = new_min_nr;
  goto out_unlock;
