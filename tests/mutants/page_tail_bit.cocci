// SPDX-License-Identifier: GPL-2.0
// claim: buddy compound
// file: include/linux/page-flags.h
// in: PageTail
// places: 1
// why: A bit is counted from one: the mark of a tail is looked for in the next
//	bit, which is never set in a pointer to a struct page.
@@
expression word;
@@
- word & 1
+ word & 2
