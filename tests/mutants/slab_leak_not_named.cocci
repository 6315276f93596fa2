// SPDX-License-Identifier: GPL-2.0
// claim: slab leak_reported
// file: mm/slub.c
// in: list_slab_objects
// places: 1
// why: The number of objects in use where that of all objects is meant:
//	the report of a leak looks at the first few places of the slab only,
//	and does not name what is out.
@@
identifier slab;
@@
- slab->objects
+ slab->inuse
