# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The files pages and frame against /proc/kpageflags, kpagecount and zoneinfo.
. ./lib.sh

load || exit
oracle_pages
status=$?
rmmod mm_lab || exit
exit $status
