# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The KUnit suites as modules: their KTAP goes to the kernel's log, which the
# host reads from the console.
. ./lib.sh

load || exit
insmod /modules/mm_lab_kunit.ko || exit
rmmod mm_lab_kunit || exit
rmmod mm_lab
