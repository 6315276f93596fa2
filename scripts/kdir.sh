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

# What the module's own vermagic bears: kbuild's other records lack Debian's
# suffix.
release_of() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' \
		"$1/include/generated/utsrelease.h"
}

if [ "${1-}" = --release ]; then
	release_of "$2"
	exit
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
for made in .config include/generated/autoconf.h \
	include/generated/utsrelease.h; do
	[ -f "$kdir/$made" ] ||
		die "KDIR=$kdir is not configured: run 'make olddefconfig modules_prepare' in it, or name a headers folder"
done
release=$(release_of "$kdir")
major=${release%%.*}
minor=${release#*.}
minor=${minor%%[!0-9]*}
[ "$major" -gt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -ge 1 ]; } ||
	die "KDIR=$kdir is Linux $release; mm_lab needs 6.1 or newer"
for option in MODULES MMU DEBUG_FS; do
	grep -qx "CONFIG_$option=y" "$kdir/.config" ||
		die "KDIR=$kdir is of a kernel without CONFIG_$option, which mm_lab needs"
done
