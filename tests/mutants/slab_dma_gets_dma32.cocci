// SPDX-License-Identifier: GPL-2.0
// claim: slab dma
// file: mm/slub.c
// in: calculate_sizes
// places: 1
// why: Two lines that differ in a number: the slabs of a cache for DMA
//	controllers come from the memory that 32 address lines reach, of which
//	an ISA device has 24. Without such a device nothing fails.
@@
identifier s;
@@
  if (s->flags & SLAB_CACHE_DMA)
- 	s->allocflags |= GFP_DMA;
+ 	s->allocflags |= GFP_DMA32;
