# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Memory goes and comes back while the reports are read and the experiments
# run: nobody walks into struct pages that are gone, and what is reported agrees
# with the kernel, with the block away, back, and in another zone.
. ./lib.sh

MEMORY=/sys/devices/system/memory
ROUNDS=10

# set BLOCK STATE: what memory(5) calls offline, online_movable, online_kernel.
# A page in use may move at the second try only.
set_state() {
	for _try in 1 2 3 4 5; do
		if { echo "$2" >"$1/state"; } 2>/dev/null; then
			return 0
		fi
		usleep 100000
	done
	return 1
}

# A block of ZONE_MOVABLE that can go: one with the kernel's own pages cannot.
find_block() {
	for block in "$MEMORY"/memory[0-9]*; do
		[ "$(cat "$block/valid_zones")" = Movable ] || continue
		if set_state "$block" offline; then
			set_state "$block" online_movable
			return
		fi
	done
	block=
}

# present ZONE: pages that the laboratory says a zone has.
present() {
	awk -v zone="$1" '$1 == "extents" && $3 == zone { sum += $7 }
		END { print sum + 0 }' "$LAB/zones"
}

# present_kernel ZONE: and the kernel.
present_kernel() {
	awk -v zone="$1" '$1 == "Node" { here = $4 == zone }
		here && $1 == "present" { sum += $2 }
		END { print sum + 0 }' /proc/zoneinfo
}

agree() {
	for zone in DMA32 Normal Movable; do
		is "$1: pages of $zone" "$(present $zone)" \
			"$(present_kernel $zone)"
	done
}

come_and_go() {
	while [ ! -e /tmp/enough ]; do
		if set_state "$block" offline; then
			echo gone >>/tmp/moves
			usleep 150000
			set_state "$block" online_movable || echo lost >>/tmp/moves
			usleep 150000
		fi
	done
}

reader() {
	while [ ! -e /tmp/enough ]; do
		cat "$LAB/zones" "$LAB/pages"
		for _frame in "$first" $((last - 1)); do
			# While the block is away, this is refused.
			{ echo "$_frame" >"$LAB/frame"; } 2>/dev/null &&
				cat "$LAB/frame"
		done
	done >/dev/null 2>&1
}

# Failures of a probe's experiments, with what they saw.
verdicts() {
	echo all >"$LAB/$1/run"
	grep -B6 'not ok' "$LAB/$1/result" >>/tmp/failed
	grep -c '^    ok' "$LAB/$1/result"
}

under_way() {
	rm -f /tmp/enough
	: >/tmp/moves
	: >/tmp/failed
	come_and_go &
	reader &
	passed=0
	for _round in $(seq "$ROUNDS"); do
		for probe in zone page buddy; do
			passed=$((passed + $(verdicts $probe)))
		done
	done
	: >/tmp/enough
	wait
}

begin hotplug
load
find_block
if [ -z "$block" ]; then
	note "$(grep . "$MEMORY"/memory*/valid_zones)"
	ok "a block of ZONE_MOVABLE can go" false
	finish
fi
size=$((0x$(cat "$MEMORY/block_size_bytes")))
page=$(sed -n 's/^# struct page: .* each frame of \([0-9]*\) bytes.*/\1/p' \
	"$LAB/pages")
frames=$((size / page))
first=$((0x$(cat "$block/phys_index") * frames))
last=$((first + frames))
note "$block: frames $first to $((last - 1))"

agree "all online"
before=$(present Movable)
ok "go offline" set_state "$block" offline
is "pages that left ZONE_MOVABLE" $((before - $(present Movable))) "$frames"
agree "offline"
writes "a frame that is away" ENXIO "$LAB/frame" "$first"
attach oracle-offline oracle_pages
ok "come online in ZONE_NORMAL" set_state "$block" online_kernel
agree "in ZONE_NORMAL"
ok "leave again" set_state "$block" offline
ok "come back" set_state "$block" online_movable
is "pages of ZONE_MOVABLE" "$(present Movable)" "$before"
writes "the frame is back" 0 "$LAB/frame" "$first"

under_way
note "the block left $(grep -c gone /tmp/moves) times during $ROUNDS rounds"
note "$(cat /tmp/failed)"
at_most "the block left every third round at least" $((ROUNDS / 3)) \
	"$(grep -c gone /tmp/moves)"
is "experiments that failed" "$(grep -c 'not ok [0-9]* [a-z]' /tmp/failed)" 0
at_most "experiments that passed" $((ROUNDS * 20)) "$passed"
is "times that it did not come back" "$(grep -c lost /tmp/moves)" 0
agree "afterwards"
attach oracle-afterwards oracle_pages
ok "unload" rmmod mm_lab
finish
