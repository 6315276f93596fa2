// SPDX-License-Identifier: GPL-2.0
// claim: kref saturation
// file: lib/refcount.c
// in: refcount_dec_not_one
// places: 1
// why: atomic_add_unless(), which this function took the place of, knows of no
//	counter that sticks.
@@
expression val;
@@
- if (unlikely(val == REFCOUNT_SATURATED)) return true;
