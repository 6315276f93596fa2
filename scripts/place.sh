#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Places mm_lab into a kernel tree as lib/mm_lab, where `kunit.py run
# --kunitconfig=lib/mm_lab` finds it, or copies what kbuild needs into a folder.
# A file that is the same already is not touched, so nothing is built again.
#
#	scripts/place.sh TREE		into TREE/lib/mm_lab, with a line each in
#					TREE/lib/Kconfig and TREE/lib/Makefile
#	scripts/place.sh --copy DIR	into DIR alone
set -eu

die() {
	echo "mm_lab: $*" >&2
	exit 1
}

# What kbuild and kunit.py read.
list() {
	for file in Kbuild Kconfig .kunitconfig ./*.[ch] tests/*.[ch]; do
		[ -f "$file" ] && echo "${file#./}"
	done
}

copy_to() {
	mkdir -p "$1/tests"
	list | while read -r file; do
		cmp -s "$file" "$1/$file" && continue
		# By rename: make never sees half a file.
		cp "$file" "$1/$file.new"
		mv "$1/$file.new" "$1/$file"
	done
	for file in "$1"/*.[ch] "$1"/tests/*.[ch]; do
		name=${file#"$1"/}
		case $name in
		*.mod.c) continue ;;
		esac
		if [ ! -f "$name" ] && [ -f "$file" ]; then
			rm "$file"
		fi
	done
}

add_line() {
	grep -qxF "$2" "$1" || echo "$2" >>"$1"
}

[ $# -ge 1 ] || die "usage: scripts/place.sh TREE | --copy DIR"
if [ "$1" = --copy ]; then
	[ $# -eq 2 ] || die "usage: scripts/place.sh --copy DIR"
	mkdir -p "$2"
	target=$(cd "$2" && pwd)
else
	if [ ! -f "$1/lib/Kconfig" ] || [ ! -f "$1/mm/page_alloc.c" ]; then
		die "$1 is no kernel tree: name the top folder of a Linux source"
	fi
	tree=$(cd "$1" && pwd)
	target=$tree/lib/mm_lab
fi
cd "$(dirname "$0")/.."
copy_to "$target"
# For dkms, which takes the folder as it is.
[ "$1" != --copy ] || cmp -s dkms.conf "$target/dkms.conf" ||
	cp dkms.conf "$target"
if [ "$1" != --copy ]; then
	add_line "$tree/lib/Kconfig" 'source "lib/mm_lab/Kconfig"'
	# shellcheck disable=SC2016 # make expands it
	add_line "$tree/lib/Makefile" 'obj-$(CONFIG_MM_LAB) += mm_lab/'
fi
