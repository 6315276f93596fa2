# SPDX-License-Identifier: GPL-2.0
# claim: slab reuse
# file: mm/slub.c
# in: do_slab_free free_to_pcs
# places: 1
# why: A freed object is put where it is used last and not first: it goes
#	to the slab and not to the CPU, unless the CPU has none left; in 7.x,
#	to the bottom of the CPU's sheaf. All works, with cold caches.
0,/slab != c->slab/s//slab != c->slab || c->freelist/
s/^(\s*)(.*->objects)(\[.*size\+\+\] =) (object;)/\1\2\3 \2[0];\n\1\2[0] = \4/
