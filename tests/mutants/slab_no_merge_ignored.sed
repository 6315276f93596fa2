# SPDX-License-Identifier: GPL-2.0
# claim: slab merge
# file: mm/slab_common.c
# in: SLAB_NEVER_MERGE
# places: 1
# kernels: 6.5-
# why: A flag that forbids merging is left out of the list of those that
#	do; each new flag of the kind has to be put there.
s/\bSLAB_NO_MERGE\b/0/
