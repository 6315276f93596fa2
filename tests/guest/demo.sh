# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What `make demo` shows: the machine, its zones and frames, every experiment.
. ./lib.sh

head_of_machine() {
	uname -r
	grep MemTotal /proc/meminfo | tr -s ' '
	nproc
}

attach head head_of_machine
load || exit
attach zones cat "$LAB/zones"
attach pages cat "$LAB/pages"
for probe in $PROBES; do
	attach "claims-$probe" cat "$LAB/$probe/experiments"
	echo all >"$LAB/$probe/run"
	report "$probe"
done
rmmod mm_lab
