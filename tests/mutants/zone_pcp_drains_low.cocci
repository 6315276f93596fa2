// SPDX-License-Identifier: GPL-2.0
// claim: zone per_cpu_list
// file: mm/page_alloc.c
// in: free_unref_page_commit free_frozen_page_commit
// places: 1
// why: The comparison with the high mark is turned around, as is easily done
//	when an early return is made of a block or the reverse. A CPU gives its
//	pages back while it has few and hoards them beyond the mark.
@@
expression pcp;
@@
(
- pcp->count >= high
+ pcp->count <= high
|
- pcp->count < high
+ pcp->count > high
)
