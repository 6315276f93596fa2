// SPDX-License-Identifier: GPL-2.0
// claim: kref put_return
// file: include/linux/kref.h
// in: kref_put
// places: 1
// why: A lost line: the release runs, and the caller is told that the object
//	still has references.
@@
@@
  release(kref);
- return 1;
