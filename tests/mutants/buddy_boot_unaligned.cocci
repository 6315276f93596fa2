// SPDX-License-Identifier: GPL-2.0
// claim: buddy alignment
// file: mm/memblock.c
// in: __free_pages_memory
// places: 1
// why: The last set bit of a PFN tells its alignment; the first one is taken,
//	by one letter. Memory that starts at an odd frame is given to the buddy
//	allocator in large blocks that lie across their natural boundaries.
@@
expression pfn;
@@
- __ffs(pfn)
+ __fls(pfn)
