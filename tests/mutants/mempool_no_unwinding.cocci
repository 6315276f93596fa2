// SPDX-License-Identifier: GPL-2.0
// claim: mempool create_unwinds
// file: mm/mempool.c
// in: mempool_init_node
// places: 1
// why: Missing unwinding: the error is passed on, and each caller is left to
//	think that another one cleans up what was allocated before it.
@@
@@
- mempool_exit(pool);
  return -ENOMEM;
