# SPDX-License-Identifier: GPL-2.0
# claim: buddy exhaustion
# file: mm/page_alloc.c
# in: build_zonerefs_node
# places: 1
# why: An off-by-one in a loop that counts down: the lowest zone is in no list,
#	its pages can be had by nobody.
s/while \((zone_type)\);/while (\1 > 1);/
