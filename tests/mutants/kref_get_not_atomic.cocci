// SPDX-License-Identifier: GPL-2.0
// claim: kref race
// file: include/linux/kref.h
// in: kref_get
// places: 1
// why: The count is read, raised and written back, and not in one step: of two
//	at the same time, one gets lost.
@@
expression counter;
@@
- refcount_inc(counter);
+ refcount_set(counter, refcount_read(counter) + 1);
