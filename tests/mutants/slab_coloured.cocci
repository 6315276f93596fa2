// SPDX-License-Identifier: GPL-2.0
// claim: slab colouring
// file: mm/slub.c
// in: allocate_slab
// places: 1
// kernels: 6.1-6.12
// why: SLAB's colouring put into SLUB: every other slab that has room
//	begins a cache line later. struct slab has no place for it, and
//	whatever computes an object's number from its offset is a line off.
@@
identifier s, slab, start;
symbol oo;
@@
  start = fixup_red_left(s, start);
+ if ((PAGE_SIZE << oo_order(oo)) % s->size >= L1_CACHE_BYTES &&
+     s->align <= L1_CACHE_BYTES)
+ 	start += (page_to_pfn(slab_page(slab)) >> oo_order(oo)) % 2 *
+ 		 L1_CACHE_BYTES;
  ...
  slab->freelist = start;
