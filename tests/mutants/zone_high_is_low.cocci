// SPDX-License-Identifier: GPL-2.0
// claim: zone watermarks
// file: mm/page_alloc.c
// in: __setup_per_zone_wmarks
// places: 1
// why: Each watermark is a step above the one before. Copied from the line
//	before, high is computed from min again and is as low as low: reclaim
//	that starts at low stops at once.
@@
expression zone;
@@
- low_wmark_pages(zone)
+ min_wmark_pages(zone)
