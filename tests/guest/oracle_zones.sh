# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The file zones against /proc/zoneinfo, /proc/buddyinfo and extfrag.
. ./lib.sh

# One of the states is a zone without a large block. Where a block is as large
# as a zone, a boost of the watermarks would keep the last one back.
boost=/proc/sys/vm/watermark_boost_factor
[ ! -e $boost ] || echo 0 >$boost
load || exit
oracle_zones
status=$?
rmmod mm_lab || exit
exit $status
