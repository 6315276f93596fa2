// SPDX-License-Identifier: GPL-2.0
// claim: zone lowmem_reserve
// file: mm/page_alloc.c
// in: setup_per_zone_lowmem_reserve
// places: 1
// why: The pages of the zones above are not added up: each zone overwrites
//	what those before it counted, and an empty zone leaves no reserve at
//	all.
@@
identifier total;
expression pages;
@@
- total += pages;
+ total = pages;
