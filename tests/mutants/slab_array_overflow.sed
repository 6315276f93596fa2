# SPDX-License-Identifier: GPL-2.0
# claim: slab size_classes
# file: include/linux/slab.h
# in: _kmalloc_array_noprof kmalloc_array_noprof kmalloc_array
# places: 1
# why: The product of number and size is not checked for overflow, the
#	fault that kmalloc_array was introduced against: who asks for more than
#	there is gets a few bytes.
/check_mul_overflow/{
	N
	s/if .*/bytes = n * size;/
}
