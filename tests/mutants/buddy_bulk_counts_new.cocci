// SPDX-License-Identifier: GPL-2.0
// claim: buddy bulk
// file: mm/page_alloc.c
// in: alloc_pages_bulk_noprof __alloc_pages_bulk
// places: 1
// why: The pages that this call added are returned, where the contract is how
//	many the array holds: two counters that differ only when the caller had
//	filled some entries before.
@@
@@
- return nr_populated;
+ return nr_account;
