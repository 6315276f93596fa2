// SPDX-License-Identifier: GPL-2.0
// claim: slab zeroing
// file: mm/slab_common.c
// in: kfree_sensitive
// places: 1
// why: The size of a pointer where that of what it points to is meant, a
//	classic: of a secret the first eight bytes are wiped, the rest goes to
//	the next user.
@@
identifier mem, ks;
@@
- memzero_explicit(mem, ks);
+ memzero_explicit(mem, sizeof(mem));
