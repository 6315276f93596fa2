# SPDX-License-Identifier: GPL-2.0
# claim: buddy refcount
# file: mm/page_alloc.c
# in: ___free_pages __free_pages
# places: 1
# why: Whether the block has tails decides if its other pages must be freed
#	while a reference is left. The order is asked instead: all but the first
#	page of a compound block are freed under its users.
s/else if \(!head\)/else if (order)/
