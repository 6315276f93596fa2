// SPDX-License-Identifier: GPL-2.0
// claim: slab constructor
// file: mm/slub.c
// in: slab_alloc_node
// places: 1
// why: The constructor is called whenever an object is handed out, as
//	SLOB did, by somebody who takes it for the object's initialisation.
//	What a user left for the next one is lost.
@@
identifier s, object;
@@
  maybe_wipe_obj_freeptr(s, object);
+ if (object && s->ctor)
+ 	s->ctor(object);
