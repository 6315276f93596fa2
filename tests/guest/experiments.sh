# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Every experiment of every probe; PARAMS go to the module.
. ./lib.sh

# shellcheck disable=SC2086 # several words
load $PARAMS || exit
for probe in $PROBES; do
	echo all >"$LAB/$probe/run"
	report "$probe"
done
rmmod mm_lab
