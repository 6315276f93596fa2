// SPDX-License-Identifier: GPL-2.0
// claim: slab leak_reported
// file: mm/slub.c
// in: list_slab_objects
// places: 1
// why: The map has a bit for each free object, and is easily taken for one
//	of the objects in use: the report of a leak lists all objects but
//	those that are out.
@@
expression bit;
@@
- !test_bit(bit, object_map)
+ test_bit(bit, object_map)
