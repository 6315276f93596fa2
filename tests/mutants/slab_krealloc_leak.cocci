// SPDX-License-Identifier: GPL-2.0
// claim: slab krealloc
// file: mm/slub.c mm/slab_common.c
// in: krealloc_node_align_noprof krealloc_noprof krealloc
// places: 1
// why: A lost line: an object that krealloc moved stays allocated, and
//	nobody knows it any more.
@@
identifier p, ret;
@@
- if (ret && kasan_reset_tag(p) != kasan_reset_tag(ret))
- 	kfree(p);
