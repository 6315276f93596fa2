// SPDX-License-Identifier: GPL-2.0
// claim: slab layout, slab grow
// file: mm/slub.c
// in: allocate_slab
// places: 1
// kernels: 6.1-6.12
// why: An off-by-one in the loop that links the objects of a new slab:
//	the last is on no list and never handed out, and counts as in use for
//	good.
@@
identifier i, slab;
@@
- i < slab->objects - 1
+ i < slab->objects - 2
