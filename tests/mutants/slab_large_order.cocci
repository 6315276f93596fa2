// SPDX-License-Identifier: GPL-2.0
// claim: slab large_kmalloc
// file: mm/slub.c mm/slab_common.c
// in: ___kmalloc_large_node __kmalloc_large_node
// places: 1
// why: An off-by-one in the order of a large block: a size that fills
//	one to its last byte gets a block of twice the size. Nothing fails,
//	memory is wasted.
@@
identifier size;
@@
- get_order(size)
+ get_order(size + 1)
