#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs a command that sees private copies of some folders, in their own places:
# what it writes there lands below SCRATCH, as SCRATCH/1/upper for the first
# folder and so on, and nobody else sees it. Nothing is copied, so a kernel can
# be rebuilt from there as if only what was changed had been changed.
#
#	scripts/private.sh SCRATCH FOLDER... -- COMMAND [ARGUMENT...]
#
# Needs root or user namespaces, and a kernel with overlayfs.
set -eu

die() {
	echo "mm_lab: $*" >&2
	exit 1
}

# overlay FOLDER: mounted over itself, with its changes in the next place.
overlay() {
	case $1$scratch in
	*[,:\\]*) die "no comma, colon or backslash may be in $1 or $scratch" ;;
	esac
	number=$((number + 1))
	mkdir -p "$scratch/$number/upper" "$scratch/$number/work"
	mount -t overlay overlay -o "lowerdir=$1,upperdir=$scratch/$number/upper,workdir=$scratch/$number/work" "$1" ||
		die "no private copy of $1: this kernel or container allows no overlayfs"
}

if [ "${MM_LAB_PRIVATE:-}" != yes ]; then
	as_root=
	[ "$(id -u)" -eq 0 ] || as_root=--map-root-user
	# shellcheck disable=SC2086 # nothing, where it is empty
	MM_LAB_PRIVATE=yes exec unshare --mount $as_root "$0" "$@"
fi
unset MM_LAB_PRIVATE
scratch=$1
number=0
shift
while [ "$1" != -- ]; do
	overlay "$1"
	shift
done
shift
"$@"
