// SPDX-License-Identifier: GPL-2.0
// claim: kref container, kref release_once
// file: include/linux/kref.h
// in: kref_put
// places: 1
// why: A lost line: the last reference is dropped, and the object leaks.
@@
@@
- release(kref);
  return 1;
