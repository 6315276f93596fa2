// SPDX-License-Identifier: GPL-2.0
// claim: kref put_lock
// file: lib/refcount.c
// in: refcount_dec_and_lock_irqsave
// places: 1
// why: One branch is overlooked where the function for spin_lock() is copied
//	for spin_lock_irqsave(): the one that lets go of the lock again, since
//	a reference was taken meanwhile.
@@
expression lock, flags;
@@
- spin_unlock_irqrestore(lock, flags);
+ spin_unlock(lock);
