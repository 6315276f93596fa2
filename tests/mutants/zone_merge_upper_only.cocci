// SPDX-License-Identifier: GPL-2.0
// claim: zone fragmentation_indices
// file: mm/internal.h mm/page_alloc.h
// in: __find_buddy_pfn
// places: 1
// why: The bit is cleared where it should be flipped: the start of the larger
//	block is mistaken for the buddy. Boot frees memory upwards and does not
//	notice, but a lower half that is freed last stays alone.
@@
expression pfn, bit;
@@
- pfn ^ bit
+ pfn & ~bit
