# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A module that came another way loads, works and goes.
. ./lib.sh

begin loads
ok "load" load
ok "run" sh -c "echo init_one >$LAB/kref/run"
ok "its result" grep -q "^ok 1 kref" "$LAB/kref/result"
ok "unload" rmmod mm_lab
finish
