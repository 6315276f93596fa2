// SPDX-License-Identifier: GPL-2.0
// claim: slab bulk
// file: mm/slub.c
// in: build_detached_freelist
// places: 1
// kernels: 6.1-6.12
// why: A lost line: objects of one slab that are freed at once count as
//	one, and the slab never counts as empty.
@@
identifier df;
@@
- df->cnt++;
