// SPDX-License-Identifier: GPL-2.0
// claim: slab alignment
// file: mm/slab_common.c
// in: calculate_alignment
// places: 1
// why: An alignment of more than a cache line is cut down to a line, by
//	somebody who thinks that false sharing is the only reason for one. Who
//	needs more hardly notices: an object whose size is a multiple of its
//	alignment has it anyway.
@@
identifier align;
@@
- align = max(align, arch_slab_minalign());
+ align = clamp_t(unsigned int, align, arch_slab_minalign(),
+ 		cache_line_size());
