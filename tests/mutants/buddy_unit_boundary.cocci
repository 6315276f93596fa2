// SPDX-License-Identifier: GPL-2.0
// claim: buddy page_unit
// file: include/asm-generic/getorder.h
// in: get_order
// places: 1
// why: A line lost: without it a size that is a power of two of pages counts
//	as one byte more, and costs twice what it should.
@@
identifier size;
@@
- size--;
