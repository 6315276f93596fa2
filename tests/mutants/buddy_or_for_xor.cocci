// SPDX-License-Identifier: GPL-2.0
// claim: buddy buddy_xor
// file: mm/internal.h mm/page_alloc.h
// in: __find_buddy_pfn
// places: 1
// why: The bit is set where it should be flipped. The buddy of a lower half
//	comes out right, an upper half is taken for its own buddy and merges
//	with nothing.
@@
expression pfn, bit;
@@
- pfn ^ bit
+ pfn | bit
