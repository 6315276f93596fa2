// SPDX-License-Identifier: GPL-2.0
// claim: buddy page_unit
// file: include/asm-generic/getorder.h
// in: get_order
// places: 1
// why: fls() and its kin count bits from one and __fls() from zero: the
//	correction for the latter is made for the former, and every request of
//	a size not known at compile time costs twice what it should.
@@
expression size;
@@
- fls64(size)
+ fls64(size) + 1
