// SPDX-License-Identifier: GPL-2.0
// claim: slab poison
// file: mm/slub.c
// in: init_object
// places: 1
// why: The red zone behind an object is written a byte too short, which
//	is where an overrun of a whole word ends.
@@
identifier s;
expression size;
@@
- s->inuse - size
+ s->inuse - size - 1
