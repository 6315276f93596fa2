# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What a user can get wrong at the files of debugfs: each mistake gets its
# errno, the log names the word at fault, and nothing changes.
. ./lib.sh

run=$LAB/buddy/run
result=$LAB/buddy/result

# bad NAME ERRNO WORD FILE: what stands in /tmp/input, written to FILE, is
# refused with ERRNO; the log has WORD in it; the result stays what it was.
bad() {
	_before=$(md5sum <"$result")
	log_mark
	is "$1: errno" "$(poke write "$4" </tmp/input)" "$2"
	contains "$1: log" "$(log_since)" "$3"
	is "$1: result unchanged" "$(md5sum <"$result")" "$_before"
}

# refused NAME ERRNO WORD TEXT: the same for a text written to run.
refused() {
	printf '%s' "$4" >/tmp/input
	bad "$1" "$2" "$3" "$run"
}

zeros() {
	head -c "$1" /dev/zero | tr '\0' "$2"
}

ill_formed() {
	refused "empty" EINVAL '""' ''
	refused "blanks" EINVAL '""' '   '
	refused "newline" EINVAL '""' '
'
	refused "half quoted" EINVAL 'page_unit' '"page_unit'
	refused "quoted value" EINVAL '"3"' 'page_unit seed="3"'
	zeros 1025 x >/tmp/input
	bad "one byte too long" E2BIG "1025 bytes" "$run"
	zeros 4096 x >/tmp/input
	bad "4 KiB" E2BIG "4096 bytes" "$run"
	zeros 1048576 x >/tmp/input
	bad "1 MiB" E2BIG "1048576 bytes" "$run"
	printf 'page_unit\0seed=1' >/tmp/input
	bad "a NUL byte" EINVAL "NUL" "$run"
	head -c 700 /bin/busybox >/tmp/input
	bad "binary" EINVAL "buddy" "$run"
	printf '\001\377\033[31m' >/tmp/input
	bad "control characters" EINVAL "\\" "$run"
}

ill_chosen() {
	refused "unknown experiment" ENOENT no_such_thing no_such_thing
	refused "another probe's experiment" ENOENT init_one init_one
	refused "capitals" ENOENT ALL ALL
	refused "unknown key" EINVAL ordre 'page_unit ordre=1'
	refused "a key for all" EINVAL order 'all order=1'
	refused "a second name" EINVAL alignment 'page_unit alignment'
	refused "doubled" EINVAL seed 'page_unit seed=1 seed=2'
	refused "value missing" EINVAL 'seed=' 'page_unit seed='
	refused "key missing" EINVAL '=5' 'page_unit =5'
	refused "negative" EINVAL -1 'page_unit seed=-1'
	refused "zero" EINVAL budget_mb 'page_unit budget_mb=0'
	refused "huge" EINVAL 99999999999999999999999 \
		'page_unit seed=99999999999999999999999'
	refused "beyond 64 bits" EINVAL 18446744073709551616 \
		'page_unit seed=18446744073709551616'
	refused "more than the machine" EINVAL 1000000 \
		'page_unit budget_mb=1000000'
	refused "no number" EINVAL twelve 'page_unit seed=twelve'
	refused "a number and more" EINVAL 1x 'page_unit seed=1x'
}

# The largest number of the machine's words.
last_number() {
	case $(uname -m) in
	i?86) echo 4294967295 ;;
	*) echo 18446744073709551615 ;;
	esac
}

frames() {
	printf 'abc' >/tmp/input
	bad "frame: no number" EINVAL abc "$LAB/frame"
	printf '%s' '-1' >/tmp/input
	bad "frame: negative" EINVAL -1 "$LAB/frame"
	: >/tmp/input
	bad "frame: empty" EINVAL '""' "$LAB/frame"
	printf '4294967295' >/tmp/input
	bad "frame: beyond memory" ENXIO 4294967295 "$LAB/frame"
	last=$(last_number)
	printf '%s' "$last" >/tmp/input
	bad "frame: the last number" ENXIO "$last" "$LAB/frame"
	printf '18446744073709551616' >/tmp/input
	bad "frame: beyond 64 bits" EINVAL 18446744073709551616 "$LAB/frame"
	zeros 1048576 1 >/tmp/input
	bad "frame: 1 MiB" E2BIG "1048576 bytes" "$LAB/frame"
}

# A file keeps to its frame; one that is opened anew has the last written.
frame_choice() {
	first=$(awk '$1 == "extents" && $4 > 0 { print $4 + 1; exit }' "$LAB/zones")
	exec 3<>"$LAB/frame"
	contains "frame: none was written" "$(cat <&3)" "no frame was chosen"
	echo "$first" >&3
	echo $((first + 1)) >"$LAB/frame"
	contains "frame: an open file keeps to its own" "$(cat <&3)" \
		"pfn         $first"
	exec 3<&-
	contains "frame: opened anew" "$(cat "$LAB/frame")" \
		"pfn         $((first + 1))"
}

# Writers of several probes, until one is told that a run is going.
two_writers() {
	(while [ ! -e /tmp/enough ]; do
		echo all >"$LAB/slab/run"
	done) 2>/dev/null &
	_other=0
	_busy=0
	_tries=0
	while [ "$_busy" -eq 0 ] && [ "$_tries" -lt 200 ]; do
		_tries=$((_tries + 1))
		case $(printf page_unit | poke write "$run") in
		EBUSY) _busy=1 ;;
		0) ;;
		*) _other=$((_other + 1)) ;;
		esac
	done
	: >/tmp/enough
	wait
	is "two writers: the second is told EBUSY" "$_busy" 1
	is "two writers: told nothing else" "$_other" 0
	writes "two writers: the next is served" 0 "$run" page_unit
}

# A run that is killed leaves the laboratory ready for the next. The signal
# may come before or after the run: tried until it came in the middle.
killed() {
	_middle=0
	_tries=0
	while [ "$_middle" -eq 0 ] && [ "$_tries" -lt 60 ]; do
		_tries=$((_tries + 1))
		printf all | poke write "$LAB/slab/run" >/tmp/said &
		usleep $((_tries * 3000))
		kill "-$1" $! 2>/dev/null
		wait $! 2>/dev/null
		grep -q "signal ended it" "$LAB/slab/result" && _middle=1
	done
	note "the signal came in mid-run at try $_tries"
	is "$1: it ended a run" "$_middle" 1
	writes "$1: the next run is served" 0 "$LAB/slab/run" all
	fails "$1: the next run is whole" \
		grep "signal ended it" "$LAB/slab/result"
}

in_use() {
	poke hold "$LAB/zones" 30 &
	_holder=$!
	usleep 300000
	is "rmmod with a file open" "$(poke rmmod mm_lab)" EAGAIN
	writes "the module works on" 0 "$run" page_unit
	kill "$_holder"
	wait "$_holder" 2>/dev/null
}

unprivileged() {
	# So that it is the laboratory's own modes that are met.
	mount -o remount,mode=755 /sys/kernel/debug
	for _file in zones pages frame buddy/run buddy/result \
		buddy/experiments; do
		is "nobody reads $_file" \
			"$(poke as 65534 poke open "$LAB/$_file")" EACCES
	done
	is "nobody writes run" \
		"$(printf all | poke as 65534 poke write "$run")" EACCES
	fails "nobody lists the folder" poke as 65534 ls "$LAB"
}

# Parameters at load.
at_load() {
	log_mark
	fails "run= of an unknown probe" load run=buddy,nothing
	contains "run= of an unknown probe: log" "$(log_since)" nothing
	log_mark
	fails "run= of nothing" load run=
	fails "budget_mb= beyond memory" load budget_mb=1000000
	contains "budget_mb= beyond memory: log" "$(log_since)" 1000000
	fails "budget_mb= negative" load budget_mb=-1
	fails "seed= no number" load seed=x
	fails "allow_disruptive= no truth" load allow_disruptive=perhaps
	ok "the folder did not stay" [ ! -e "$LAB" ]
}

begin bad_input
at_load
ok "load" load seed=7
ill_formed
ill_chosen
frames
frame_choice
writes "a good request" 0 "$run" 'page_unit seed=0x10 budget_mb=2'
contains "a good request: seed" "$(cat "$result")" 'seed=16 '
writes "as long as allowed" 0 "$run" "$(printf '%-1024s' page_unit)"
writes "blanks around words" 0 "$run" "  page_unit	 seed=5
"
two_writers
killed KILL
killed TERM
in_use
unprivileged
ok "unload" rmmod mm_lab
finish
