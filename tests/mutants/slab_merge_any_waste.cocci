// SPDX-License-Identifier: GPL-2.0
// claim: slab mixed_page
// file: mm/slab_common.c
// in: find_mergeable
// places: 1
// why: A cache may be merged with one of larger objects if less than a
//	word of each is lost; here, if less than another object would take.
//	Objects of one size lie among those of another.
@@
identifier s, size;
@@
- s->size - size >= sizeof(void *)
+ s->size - size >= size
