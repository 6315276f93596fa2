# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Every experiment, and then nothing that the module took is unreachable, loaded
# or gone; on a kernel with kmemleak.
. ./lib.sh

KMEMLEAK=/sys/kernel/debug/kmemleak

# What is younger than five seconds is not told, and a reference may be in a
# register at the first look.
scan() {
	sleep 6
	echo scan >$KMEMLEAK
	echo scan >$KMEMLEAK
}

leaks() {
	grep -c '^unreferenced object' $KMEMLEAK
}

begin kmemleak
if [ ! -e $KMEMLEAK ]; then
	skip "leaks" "this kernel has no kmemleak"
	finish
fi
# It looks when told to, and not in the middle of a run.
echo scan=off >$KMEMLEAK
scan
# What the kernel lost at boot is not ours.
echo clear >$KMEMLEAK
ok "load" load allow_disruptive=0
for probe in $PROBES; do
	ok "run $probe" sh -c "echo all >$LAB/$probe/run"
	report "$probe"
done
cat "$LAB/zones" "$LAB/pages" >/dev/null
scan
is "unreachable while it is loaded" "$(leaks)" 0
ok "unload" rmmod mm_lab
scan
is "unreachable when it is gone" "$(leaks)" 0
note "$(head -40 $KMEMLEAK)"
finish
