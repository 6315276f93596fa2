# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The file zones against /proc/zoneinfo, /proc/buddyinfo and extfrag.
. ./lib.sh

load || exit
oracle_zones
status=$?
rmmod mm_lab || exit
exit $status
