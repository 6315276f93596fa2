// SPDX-License-Identifier: GPL-2.0
// claim: kref get_unless_zero
// file: include/linux/refcount.h
// in: __refcount_add_not_zero
// places: 1
// why: The look at zero is left to the return value, which says no: but by
//	then the counter was raised, and the next one is let in.
@@
@@
- if (!old) break;
