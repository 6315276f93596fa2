// SPDX-License-Identifier: GPL-2.0
// claim: slab alignment
// file: mm/slab_common.c
// in: calculate_alignment
// places: 1
// why: The cache line of SLAB_HWCACHE_ALIGN takes the place of a larger
//	alignment that was asked, which it must not. Few caches have both.
@@
identifier align, ralign;
@@
- align = max(align, ralign);
+ align = ralign;
