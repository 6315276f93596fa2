#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that a purpose needs and this machine lacks.
# Asks nothing, and is silent and quick where everything is there.
#
#	scripts/setup.sh demo|test|matrix|mutants|check ...
set -eu

# A package is named with the file or program that shows it is there, which is
# quicker to look for than asking dpkg, and holds where it came another way.
build="gcc:gcc gcc-12:gcc-12 make:make libc6-dev:/usr/include/stdio.h
	pahole:pahole kmod:modinfo xz-utils:xz
	libelf-dev:/usr/include/libelf.h"
guest="qemu-system-x86:qemu-system-x86_64 busybox-static:/bin/busybox
	python3:python3 util-linux:setpriv"
kernel="bc:bc bison:bison flex:flex rsync:rsync
	libssl-dev:/usr/include/openssl/opensslv.h perl:perl"
install="dkms:dkms openssl:openssl xz-utils:xz kmod:depmod"
arches="gcc-aarch64-linux-gnu:aarch64-linux-gnu-gcc
	libc6-dev-arm64-cross:/usr/aarch64-linux-gnu/include/stdio.h
	qemu-system-arm:qemu-system-aarch64
	lib32gcc-12-dev:/usr/lib/gcc/x86_64-linux-gnu/12/32/libgcc.a
	libc6-dev-i386:/usr/lib32/libc.a
	clang:clang lld:ld.lld llvm:llvm-nm ccache:ccache"
mutants="coccinelle:spatch binutils:objdump"
lint="sparse:sparse shellcheck:shellcheck mypy:mypy perl:perl
	git:git"

die() {
	echo "mm_lab: $*" >&2
	exit 1
}

wanted() {
	for purpose in "$@"; do
		case $purpose in
		demo) echo "$build $guest" ;;
		test) echo "$build $guest $kernel $install" ;;
		matrix) echo "$build $guest $kernel $install $arches" ;;
		mutants) echo "$build $guest $kernel $mutants" ;;
		check) echo "$build $lint $kernel $mutants python3:python3" ;;
		*) die "setup.sh: '$purpose' is none of demo, test, matrix, mutants, check" ;;
		esac
	done
}

there() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

missing() {
	for pair in $(wanted "$@"); do
		there "${pair#*:}" || echo "${pair%%:*}"
	done | sort -u
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
		-oAcquire::http::Timeout=20 -oAcquire::Retries=2 \
		-oDpkg::Use-Pty=0 "$@" >"$log" 2>&1
}

[ $# -ge 1 ] || die "usage: scripts/setup.sh demo|test|matrix|mutants|check ..."
wanted "$@" >/dev/null
packages=$(missing "$@")
[ -n "$packages" ] || exit 0

list=$(echo "$packages" | tr '\n' ' ')
hint="install by hand: ${list% }"
command -v apt-get >/dev/null 2>&1 || die "no apt-get here; $hint"
if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
	die "not root, and sudo asks for a password; as root: apt-get install ${list% }"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "  installing ${list% }" >&2
# The lists are fetched only where the packages cannot be had with those at
# hand: there are none yet, or they are older than the archive.
# shellcheck disable=SC2086 # one word for each package
if ! apt install --no-install-recommends $packages; then
	apt update || die "no package lists ($(grep -m1 -E '^(E|Err|W):' "$log")); check the network, or $hint"
	apt install --no-install-recommends $packages ||
		die "not installed ($(grep -m1 '^E:' "$log")); $hint"
fi
left=$(missing "$@" | tr '\n' ' ')
[ -z "$left" ] || die "still missing after the installation: $left"
