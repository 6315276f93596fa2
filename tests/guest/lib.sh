# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the scenarios share. A scenario sources this file, makes its checks with
# ok, is, errno_is and the like, and ends with `finish`. What it prints is one
# KTAP document: a subtest of the scenario's name with a result per check.

LAB=/sys/kernel/debug/mm_lab
MODULE=/modules/mm_lab.ko
# shellcheck disable=SC2034 # for the scenarios
PROBES="buddy slab mempool kref zone page"

checks=0
failures=0
body=/tmp/ktap.$$
: >"$body"

# begin NAME: names the scenario. Its document is printed when it ends, since
# the plan stands before the results; a scenario that breaks off fails.
begin() {
	scenario=$1
	trap '_print "broke off"' EXIT
}

# note TEXT: a diagnostic; every line of it.
note() {
	echo "$*" | sed 's/^/    # /' >>"$body"
}

_verdict() {
	checks=$((checks + 1))
	if [ "$1" = ok ]; then
		echo "    ok $checks $2" >>"$body"
	else
		failures=$((failures + 1))
		echo "    not ok $checks $2" >>"$body"
	fi
}

_print() {
	trap - EXIT
	[ -z "$1" ] || _verdict bad "$1"
	[ "$checks" -gt 0 ] || _verdict bad "checked something"
	echo "KTAP version 1"
	echo "1..1"
	echo "    KTAP version 1"
	echo "    # Subtest: $scenario"
	echo "    1..$checks"
	cat "$body"
	if [ "$failures" -eq 0 ]; then
		echo "ok 1 $scenario"
	else
		echo "not ok 1 $scenario"
	fi
}

# finish: ends the document and the scenario.
finish() {
	_print ""
	[ "$failures" -eq 0 ]
	exit
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	_name=$1
	shift
	if _out=$("$@" 2>&1); then
		_verdict ok "$_name"
	else
		note "'$*' failed with status $?: $_out"
		_verdict bad "$_name"
	fi
}

# fails NAME COMMAND...: the command does not succeed.
fails() {
	_name=$1
	shift
	if _out=$("$@" 2>&1); then
		note "'$*' succeeded and should not: $_out"
		_verdict bad "$_name"
	else
		_verdict ok "$_name"
	fi
}

# is NAME SEEN EXPECTED: the two are the same text.
is() {
	if [ "$2" = "$3" ]; then
		_verdict ok "$1"
	else
		note "expected '$3', saw '$2'"
		_verdict bad "$1"
	fi
}

# at_most NAME SEEN LIMIT: a number is no larger than another.
at_most() {
	if [ "$2" -le "$3" ]; then
		_verdict ok "$1"
	else
		note "expected at most $3, saw $2"
		_verdict bad "$1"
	fi
}

# contains NAME TEXT PART: the text has the part in it.
contains() {
	case $2 in
	*"$3"*)
		_verdict ok "$1" ;;
	*)
		note "expected '$3' in:"
		note "$2"
		_verdict bad "$1" ;;
	esac
}

# skip NAME WHY: this kernel or machine cannot show it.
skip() {
	checks=$((checks + 1))
	echo "    ok $checks $1 # SKIP $2" >>"$body"
}

# attach NAME COMMAND...: what the command prints becomes a section of its own
# on the data channel, and no part of the document.
attach() {
	echo "@@ begin $1"
	_section=$1
	shift
	"$@"
	echo "@@ end $_section $?"
}

# load [PARAMETER...]: loads the laboratory.
load() {
	insmod "$MODULE" "$@"
}

# log_mark and log_since: what the kernel logged since the mark.
log_mark() {
	mark="mark-$$-$checks-$(cut -d' ' -f1 /proc/uptime)"
	echo "$mark" >/dev/kmsg
}

log_since() {
	dmesg | sed "1,/$mark/d"
}

# report PROBE: its result, as a document of its own.
report() {
	attach "result-$1" cat "$LAB/$1/result"
}

# writes NAME ERRNO FILE TEXT...: a write of TEXT to FILE, in one piece and
# with no newline added, ends with the errno of that name, or "0" for success.
writes() {
	_name=$1
	_errno=$2
	_file=$3
	shift 3
	_out=$(printf '%s' "$*" | poke write "$_file" 2>&1)
	is "$_name" "$_out" "$_errno"
}
