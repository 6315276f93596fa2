// SPDX-License-Identifier: GPL-2.0
// claim: kref put_lock
// file: lib/refcount.c
// in: refcount_dec_and_lock_irqsave
// places: 1
// why: The state of the interrupts is saved and restored as the name has it,
//	but they are not turned off in between.
@@
expression lock, flags;
@@
- spin_lock_irqsave(lock, flags);
+ local_save_flags(flags);
+ spin_lock(lock);
