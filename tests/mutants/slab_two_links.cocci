// SPDX-License-Identifier: GPL-2.0
// claim: slab management
// file: mm/slub.c
// in: calculate_sizes
// places: 1
// why: The place behind an object for the pointer to the next free one
//	is made twice as large, as if there were a pointer to the one before
//	too.
@@
identifier s, size;
@@
  s->offset = size;
- size += sizeof(void *);
+ size += 2 * sizeof(void *);
