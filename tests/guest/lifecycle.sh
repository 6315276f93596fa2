# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Loaded and removed a hundred times while readers hold the files open in
# loops: no leak, no warning, nothing left behind.
. ./lib.sh

TIMES=100

reader() {
	while [ ! -e /tmp/enough ]; do
		for _file in "$LAB"/zones "$LAB"/pages "$LAB"/*/experiments \
			"$LAB"/*/result; do
			cat "$_file"
			usleep 5000
		done
	done >/dev/null 2>&1
}

# A reader may have a file open: then the kernel says so, and works on.
unload() {
	_tries=0
	while :; do
		_said=$(poke rmmod mm_lab)
		[ "$_said" = EAGAIN ] || break
		[ "$_tries" -lt 500 ] || break
		_tries=$((_tries + 1))
		refusals=$((refusals + 1))
		usleep 2000
	done
	[ "$_said" = 0 ]
}

cycle() {
	load || return 1
	if [ $(($1 % 10)) -eq 0 ]; then
		echo init_one >"$LAB/kref/run" || return 1
	fi
	unload
}

# cycles COUNT: with two readers beside them.
cycles() {
	rm -f /tmp/enough
	reader &
	reader &
	done=0
	while [ "$done" -lt "$1" ] && cycle "$done"; do
		done=$((done + 1))
	done
	: >/tmp/enough
	wait
}

# KiB in the caches that a module's own memory comes from, in vmalloc and in
# per-CPU memory. The caches of processes grow with the readers and are left
# out. Modules are given back by a work item, so it waits for that.
in_use_kb() {
	sleep 1
	echo 2 >/proc/sys/vm/drop_caches
	{
		awk '/^(kmalloc-[0-9]|size-|dentry|inode_cache|vmap_area)/ {
			print $3 * $4 / 1024 }' /proc/slabinfo
		awk '/^(VmallocUsed|Percpu):/ { print $2 }' /proc/meminfo
	} | awk '{ sum += $1 } END { print int(sum) }'
}

caches() {
	find /sys/kernel/slab -maxdepth 1 -name '*mm_lab*' 2>/dev/null | wc -l
}

begin lifecycle
refusals=0
# The first few fill what the kernel keeps for the next user.
cycles 10
is "first loads" "$done" 10
before=$(in_use_kb)
cycles "$TIMES"
is "times loaded and removed" "$done" "$TIMES"
note "rmmod was refused $refusals times, for an open file"
after=$(in_use_kb)
note "kmalloc, dentries, inodes, vmalloc and per-CPU memory: $before KiB before, $after after"
# A page lost in each cycle would be 400.
at_most "KiB that did not come back" $((after - before)) 300
is "caches left behind" "$(caches)" 0
ok "the folder is gone" [ ! -e "$LAB" ]
fails "the module is gone" grep -q '^mm_lab ' /proc/modules
ok "it can still be loaded" load run=kref
ok "and has run" grep -q "ok 1 kref" "$LAB/kref/result"
ok "and be removed" rmmod mm_lab
finish
