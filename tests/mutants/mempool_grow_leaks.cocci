// SPDX-License-Identifier: GPL-2.0
// claim: mempool resize
// file: mm/mempool.c
// in: mempool_resize
// places: 1
// why: A lost line: the old table is not freed when the larger one takes its
//	place.
@@
@@
- kfree(pool->elements);
  pool->elements = new_elements;
