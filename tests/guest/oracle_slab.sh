# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What was measured of slabs against what the allocator says of its own caches
# in /sys/kernel/slab.
. ./lib.sh

SYSFS=/sys/kernel/slab

# value LINE KEY: the number behind KEY= in a line.
value() {
	echo "$1" | sed -n "s/.*$2=\([0-9]*\).*/\1/p"
}

# same NAME LINE KEY FILE: a number of the line is what a file of sysfs says.
same() {
	is "$1" "$(value "$2" "$3")" "$(cut -d' ' -f1 "$4")"
}

# layout SIZE: a cache of our own has the layout of kmalloc's of that size.
layout() {
	cache=$SYSFS/kmalloc-$1
	echo "layout size=$1" >"$LAB/slab/run"
	line=$(grep "size=$1 stride=" "$LAB/slab/result")
	note "$line"
	same "kmalloc-$1: object size" "$line" size "$cache/object_size"
	same "kmalloc-$1: stride" "$line" stride "$cache/slab_size"
	same "kmalloc-$1: objects" "$line" objects "$cache/objs_per_slab"
	same "kmalloc-$1: order" "$line" order "$cache/order"
}

# name SIZE: how kmalloc's cache of a size is called.
name() {
	if [ "$1" -ge 1024 ]; then
		echo "kmalloc-$(($1 / 1024))k"
	else
		echo "kmalloc-$1"
	fi
}

# class LINE: the stride and order that size_classes measured.
class() {
	size=$(echo "$1" | sed 's/.*class *\([0-9]*\):.*/\1/')
	cache=$SYSFS/$(name "$size")
	same "class $size: stride" "$1" stride "$cache/slab_size"
	same "class $size: order" "$1" order "$cache/order"
}

# The kernel leaves the links of merged caches behind: they are no caches.
caches_left() {
	find "$SYSFS" -maxdepth 1 -name '*mm_lab*' ! -type l
}

begin oracle_slab
if [ ! -d "$SYSFS" ]; then
	skip "oracle" "this kernel has no $SYSFS"
	finish
fi
load
for size in 64 96 192 256 512; do
	layout "$size"
done

echo size_classes >"$LAB/slab/run"
grep "# class" "$LAB/slab/result" >/tmp/classes
while read -r line; do
	class "$line"
done </tmp/classes
at_most "classes are 8 at the least" 8 "$(wc -l </tmp/classes)"
is "no cache of ours is left" "$(caches_left)" ""
rmmod mm_lab
finish
