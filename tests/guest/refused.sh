# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A kernel that wants signatures (Secure Boot) refuses a module without one.
. ./lib.sh

begin refused
fails "load" load
contains "the log says why" "$(dmesg)" \
	"unsigned module is rejected"
fails "nothing stayed" grep -q '^mm_lab ' /proc/modules
finish
