// SPDX-License-Identifier: GPL-2.0
// claim: kref underflow, kref saturation
// file: lib/refcount.c
// in: refcount_warn_saturate
// places: 1
// why: A lost line: the warning is printed, and the counter goes on from where
//	it is.
@@
expression counter;
@@
- refcount_set(counter, REFCOUNT_SATURATED);
