// SPDX-License-Identifier: GPL-2.0
// claim: slab krealloc
// file: mm/slub.c
// in: slab_post_alloc_hook
// places: 1
// kernels: 6.12-
// why: Only as many bytes are zeroed as were asked, not the whole class:
//	krealloc() takes the class for the user's, and the bytes beyond the
//	first request are not zero when it grows.
@@
identifier s, zero_size;
expression E;
@@
- if (slub_debug_orig_size(s))
- 	zero_size = E;
+ zero_size = E;
