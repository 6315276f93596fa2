// SPDX-License-Identifier: GPL-2.0
// claim: kref rcu_lookup
// file: include/linux/kref.h
// in: kref_put
// places: 1
// why: Who has the only reference needs no atomic operation to drop it: true
//	as long as nobody looks the object up meanwhile, without a reference.
@@
expression counter;
@@
- refcount_dec_and_test(counter)
+ refcount_read(counter) == 1 || refcount_dec_and_test(counter)
