// SPDX-License-Identifier: GPL-2.0
// claim: zone free_accounting
// file: mm/vmstat.c
// in: __mod_zone_page_state
// places: 1
// why: Only what grows is compared with the threshold. What a CPU takes away
//	stays in its counter, a signed byte, until that wraps.
@@
identifier x, t;
@@
- abs(x) > t
+ x > t
