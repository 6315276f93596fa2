// SPDX-License-Identifier: GPL-2.0
// claim: slab zeroing
// file: mm/slub.c mm/slab.h
// in: slab_post_alloc_hook
// places: 1
// why: The hook was written for one object and got a loop for bulk
//	allocation, in which one line still means the first: of objects that
//	were asked with __GFP_ZERO at once, one is zeroed.
@@
identifier p, i;
expression size;
@@
- memset(p[i], 0, size)
+ memset(p[0], 0, size)
