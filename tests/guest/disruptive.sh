# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The experiments too that warn, taint or empty the machine; what they provoke
# they announce to the log.
# shellcheck disable=SC2034 # for the script below
PARAMS=allow_disruptive=1
. ./experiments.sh
