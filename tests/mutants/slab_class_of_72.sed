# SPDX-License-Identifier: GPL-2.0
# claim: slab size_classes
# file: mm/slab_common.c
# in: kmalloc_size_index size_index
# places: 1
# why: A wrong entry in the table of classes: 65 to 72 bytes are served
#	from the class of 128 and not from that of 96. All that is larger than
#	it need be goes unnoticed.
s@\b1(,.*[^0-9]72[^0-9])@7\1@
