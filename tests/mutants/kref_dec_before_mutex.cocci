// SPDX-License-Identifier: GPL-2.0
// claim: kref put_mutex
// file: lib/refcount.c
// in: refcount_dec_and_mutex_lock
// places: 2
// why: The last reference is dropped first and the mutex taken after. Whoever
//	finds the object meanwhile, under the mutex, gets one that is dead.
@@
expression counter, lock;
@@
- if (refcount_dec_not_one(counter)) return false;
+ if (!refcount_dec_and_test(counter)) return false;
  mutex_lock(lock);
- if (!refcount_dec_and_test(counter)) { ... }
