# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Mainline's own suites of mm/, as modules; DAMON's ran while the guest booted.
for suite in slub_kunit kfence_test; do
	[ -e "/modules/$suite.ko" ] || continue
	[ $suite != kfence_test ] ||
		echo 10 >/sys/module/kfence/parameters/sample_interval
	insmod "/modules/$suite.ko"
done
