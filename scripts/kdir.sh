#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Says in one line what is wrong with a folder that a module shall be built
# against, or the release of the kernel that it is for.
#
#	scripts/kdir.sh [--release] KDIR
set -eu

die() {
	echo "mm_lab: $*" >&2
	exit 1
}

if [ "${1-}" = --release ]; then
	# What the module's own vermagic bears: kbuild's other records lack
	# Debian's suffix.
	exec sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' \
		"$2/include/generated/utsrelease.h"
fi
kdir=${1:?usage: scripts/kdir.sh KDIR}
case $kdir in
/lib/modules/*/build)
	release=${kdir#/lib/modules/}
	release=${release%/build}
	[ -e "$kdir" ] ||
		die "no headers for $release: apt-get install linux-headers-$release, or name another kernel's folder with KDIR="
	;;
esac
[ -d "$kdir" ] || die "KDIR=$kdir: there is no such folder"
[ -f "$kdir/Makefile" ] ||
	die "KDIR=$kdir is no kernel's build folder: it has no Makefile"
for made in .config include/generated/autoconf.h; do
	[ -f "$kdir/$made" ] ||
		die "KDIR=$kdir is not configured: run 'make olddefconfig modules_prepare' in it, or name a headers folder"
done
