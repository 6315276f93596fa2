# SPDX-License-Identifier: GPL-2.0
# claim: slab size_classes
# file: include/linux/slab.h
# in: __kmalloc_index
# places: 1
# why: An off-by-one in the list of classes that the compiler reads where
#	the size is a constant: a structure of 512 bytes to the last gets an
#	object of 1024. A size that is a variable is looked up elsewhere.
s/size <=( +512\) return 9;)/size <\1/
