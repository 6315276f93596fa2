// SPDX-License-Identifier: GPL-2.0
// claim: kref init_one
// file: include/linux/kref.h
// in: kref_init
// places: 1
// why: The first reference is added like any other, to what was there before:
//	right for memory that was zeroed, and for no other.
@@
@@
- refcount_set(&kref->refcount, 1);
+ atomic_inc(&kref->refcount.refs);
