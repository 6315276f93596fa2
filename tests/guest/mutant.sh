# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The suites, the disruptive experiments among them, on a kernel that is broken
# on purpose. What they say stands in the kernel's log, as far as they come; a
# module stays loaded, since to remove it would prove nothing here.
. ./lib.sh

load allow_disruptive=1 || exit
insmod /modules/mm_lab_kunit.ko
