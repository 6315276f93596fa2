// SPDX-License-Identifier: GPL-2.0
// claim: kref release_once
// file: include/linux/kref.h
// in: kref_put
// places: 1
// why: The reference of the table that finds the object is taken for none, so
//	the object goes with the last but one. It goes again with the last.
@@
expression counter;
@@
- refcount_dec_and_test(counter)
+ refcount_dec_and_test(counter) || refcount_read(counter) == 1
