// SPDX-License-Identifier: GPL-2.0
// claim: buddy exhaustion
// file: mm/page_alloc.c
// in: __zone_watermark_ok
// places: 1
// why: Of the sum of two reserves one is lost. Where the reserve for requests
//	of other zones is 0, any request may take the last page, and who must
//	not fail finds nothing.
@@
identifier min;
expression reserve;
@@
- min + reserve
+ reserve
