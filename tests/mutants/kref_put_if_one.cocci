// SPDX-License-Identifier: GPL-2.0
// claim: kref get_put
// file: include/linux/kref.h
// in: kref_put
// places: 1
// why: One of the similar names for another. refcount_dec_if_one() tells the
//	last reference likewise, but takes nothing off where there are more.
@@
expression counter;
@@
- refcount_dec_and_test(counter)
+ refcount_dec_if_one(counter)
