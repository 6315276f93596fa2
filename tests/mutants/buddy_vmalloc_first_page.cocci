// SPDX-License-Identifier: GPL-2.0
// claim: buddy virtual_physical
// file: mm/vmalloc.c
// in: vmalloc_to_page
// places: 1
// why: The address is rounded down for the table of the last level as it would
//	be for a huge page: all pages under one table are taken for the first
//	of them.
@@
identifier offset =~ "^pte_offset_(kernel|map)$";
expression pmd, addr;
@@
- offset(pmd, addr)
+ offset(pmd, addr & PMD_MASK)
