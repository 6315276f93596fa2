# SPDX-License-Identifier: GPL-2.0
# claim: buddy order_limit
# file: mm/page_alloc.c
# in: alloc_order_allowed __alloc_frozen_pages_noprof __alloc_pages_noprof __alloc_pages
# places: 1
# why: The largest order is taken for the first one beyond, as it was before it
#	became inclusive (6.4): nobody can have a block of it any more.
s/WARN_ON_ONCE_GFP\(order >/WARN_ON_ONCE_GFP(order + 1 >/
