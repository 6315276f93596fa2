// SPDX-License-Identifier: GPL-2.0
// claim: buddy external_fragmentation
// file: mm/page_alloc.c
// in: split_page
// places: 1
// why: An off-by-one: the last page of a block that is split gets no
//	reference, so nobody can free it.
@@
identifier i;
expression nr;
statement S;
@@
- for (i = 1; i < nr; i++)
+ for (i = 1; i < nr - 1; i++)
  S
