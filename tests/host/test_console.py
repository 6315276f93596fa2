# SPDX-License-Identifier: GPL-2.0
"""Each pattern of the scanner is shown to fire, on what kernels really print,
and the lines of an ordinary boot are shown not to."""

from __future__ import annotations

import unittest

import console

# What complaint each line must be taken for.
COMPLAINTS = {
    "Kernel panic - not syncing: Fatal exception": "panic",
    "Kernel panic - not syncing: Attempted to kill init! "
    "exitcode=0x00000100": "panic",
    "BUG: KASAN: slab-use-after-free in kref_probe_put+0x1c/0x40 [mm_lab]":
        "KASAN",
    "BUG: KASAN: null-ptr-deref in range [0x0000000000000000-"
    "0x0000000000000007]": "KASAN",
    "BUG: KFENCE: use-after-free read in buddy_free+0x11/0x20 [mm_lab]":
        "KFENCE",
    "BUG: KCSAN: data-race in mm_storm_work / mm_storm_work": "KCSAN",
    "BUG: KMSAN: uninit-value in seq_write+0x1/0x2": "KMSAN",
    "UBSAN: shift-out-of-bounds in lib/mm_lab/buddy_probe.c:88:14": "UBSAN",
    "UBSAN: array-index-out-of-bounds in mm/slub.c:1:2": "UBSAN",
    "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [insmod:312]":
        "soft lockup",
    "watchdog: Watchdog detected hard LOCKUP on cpu 0": "hard lockup",
    "NMI watchdog: Watchdog detected hard LOCKUP on cpu 3": "hard lockup",
    "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for "
    "32s!": "workqueue lockup",
    "rcu: INFO: rcu_preempt self-detected stall on CPU": "RCU stall",
    "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:": "RCU stall",
    "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-...":
        "RCU stall",
    "rcu: rcu_sched kthread starved for 5250 jiffies! g-1195 f0x0 "
    "RCU_GP_WAIT_FQS(5) ->state=0x402 ->cpu=1": "RCU stall",
    "INFO: task sh:77 blocked for more than 122 seconds.": "hung task",
    "INFO: task sh:77 blocked in I/O wait for more than 120 seconds.":
        "hung task",
    "WARNING: possible circular locking dependency detected": "lockdep",
    "WARNING: possible recursive locking detected": "lockdep",
    "WARNING: inconsistent lock state": "lockdep",
    "WARNING: bad unlock balance detected!": "lockdep",
    "WARNING: held lock freed!": "lockdep",
    "WARNING: lock held when returning to user space!": "lockdep",
    "WARNING: suspicious RCU usage": "lockdep",
    "WARNING: Nested lock was not taken": "lockdep",
    "WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected": "lockdep",
    "[ BUG: Invalid wait context ]": "lockdep",
    "INFO: trying to register non-static key.": "lockdep",
    "INFO: lockdep is turned off.": "lockdep",
    "DEBUG_LOCKS_WARN_ON(1)": "lockdep",
    "turning off the locking correctness validator.": "lockdep",
    "BUG: Bad page state in process insmod  pfn:0a3c4": "bad page",
    "BUG: Bad page map in process sh  pte:8000000 pmd:1000": "bad page",
    "BUG: Bad rss-counter state mm:(____ptrval____) type:MM_ANONPAGES val:1":
        "bad page",
    "BUG: kernel NULL pointer dereference, address: 0000000000000008": "BUG",
    "BUG: unable to handle page fault for address: ffffc900001fd000": "BUG",
    "BUG: sleeping function called from invalid context at mm/slub.c:1":
        "BUG",
    "BUG: scheduling while atomic: sh/71/0x00000002": "BUG",
    "BUG: spinlock bad magic on CPU#0, sh/1": "BUG",
    "kernel BUG at mm/page_alloc.c:1234!": "BUG",
    "BUG mm_lab_x (Tainted: G           O      ): Poison overwritten": "BUG",
    "BUG kmalloc-64 (Not tainted): Right Redzone overwritten": "BUG",
    "slab error in kmem_cache_destroy(): cache `mm_lab_leak': Can't free all "
    "objects": "slab",
    "kmem_cache_destroy mm_lab_leak: Slab cache still has objects when "
    "called from slab_leak+0x1/0x2": "slab",
    "Slab corruption (Tainted: G O): mm_lab start=ffff, len=64": "slab",
    "cache_from_obj: Wrong slab cache. kmalloc-64 but object is from x":
        "slab",
    "refcount_t: underflow; use-after-free.": "refcount",
    "refcount_t: saturated; leaking memory.": "refcount",
    "refcount_t: addition on 0; use-after-free.": "refcount",
    "list_add corruption. prev->next should be next (1), but was 2.":
        "list corruption",
    "list_del corruption, ffff->next is LIST_POISON1": "list corruption",
    "WARNING: CPU: 1 PID: 91 at lib/refcount.c:22 refcount_warn_saturate"
    "+0x9d/0xe0": "WARNING",
    "WARNING: lib/refcount.c:22 at refcount_warn_saturate+0x9d/0xe0, CPU#1: "
    "insmod/91": "WARNING",
    "Oops: general protection fault, probably for non-canonical address "
    "0xdead000000000100: 0000 [#1] PREEMPT SMP PTI": "Oops",
    "Oops: 0002 [#1] PREEMPT SMP NOPTI": "Oops",
    "Internal error: Oops: 0000000096000004 [#1] SMP": "Oops",
    "general protection fault, probably for non-canonical address 0xdead: "
    "0000 [#1] PREEMPT SMP PTI": "Oops",
    "invalid opcode: 0000 [#1] PREEMPT SMP PTI": "Oops",
    "divide error: 0000 [#1] SMP": "Oops",
    "double fault: 0000 [#1] SMP": "Oops",
    "stack segment: 0000 [#1] SMP": "Oops",
    "Unable to handle kernel paging request at virtual address 0000dead":
        "Oops",
    "Unhandled fault: external abort": "Oops",
    "kmemleak: 3 new suspected memory leaks (see "
    "/sys/kernel/debug/kmemleak)": "memory leak",
    "unreferenced object 0xffff888004b1a000 (size 64):": "memory leak",
    "kmemleak: Kernel memory leak detector disabled": "memory leak",
    "kmemleak: Cannot allocate a kmemleak_object structure": "memory leak",
    "sh invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0":
        "out of memory",
    "Out of memory: Killed process 77 (sh) total-vm:1kB": "out of memory",
    "insmod: page allocation failure: order:5, mode:0xcc0(GFP_KERNEL)":
        "allocation failure",
    "SLUB: Unable to allocate memory on node -1, gfp=0xcc0(GFP_KERNEL)":
        "allocation failure",
    "debugfs: Directory 'mm_lab' with parent '/' already present!": "debugfs",
    "sysfs: cannot create duplicate filename '/kernel/slab/mm_lab'":
        "debugfs",
    "mm_lab: Unknown symbol kunit_log_append (err -2)": "module",
    "mm_lab: disagrees about version of symbol module_layout": "module",
    "Call Trace:": "stack dump",
    "Call trace:": "stack dump",
}

# What guests print when all is well.
ORDINARY = """\
Linux version 6.12.117+deb12-cloud-amd64 (debian-kernel@lists.debian.org)
BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on
debug: skipping boot console de-registration
Kernel command line: console=ttyS0 panic=-1 oops=panic
mem auto-init: stack:all(zero), heap alloc:on, heap free:off
SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1
kfence: initialized - using 2097152 bytes for 255 objects
KFENCE: initialized - using 2097152 bytes for 255 objects
rcu: Preemptible hierarchical RCU implementation.
rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.
rcu: Hierarchical SRCU implementation.
rcu: \tMax phase no-delay instances is 1000.
kmemleak: Kernel memory leak detector initialized (mem pool available: 15998)
kmemleak: Automatic memory scanning thread started
kcsan: enabled early
kasan: KernelAddressSanitizer initialized
NMI watchdog: Perf NMI watchdog permanently disabled
watchdog: Delayed init of the lockup detector failed: -19
Lock dependency validator: Copyright (c) 2006 Red Hat, Inc.
clocksource: timekeeping watchdog on CPU0: Marking clocksource 'tsc' as unst
clocksource: tsc: mask: 0xffffffffffffffff max_cycles: 0x1, max_idle_ns: 4
Warning: unable to open an initial console.
ACPI: bus type drm_connector registered
ACPI BIOS Warning (bug): Incorrect checksum in table
process '/bin/busybox' started with executable stack
mm_lab: loading out-of-tree module taints kernel.
mm_lab: module verification failed: signature and/or required key missing - ta
mm_lab: buddy: "ordre" is no parameter of page_unit
mm_lab: slab: there is no experiment "BUG"
# buddy_xor: no WARNING: here, and no Oops
    ok 1 oops_is_a_word
kunit: pass:12 fail:0 skip:1 total:13
hrtimer: interrupt took 10532411 ns
workqueue: mm_storm hogged CPU for >10000us 4 times
sched: RT throttling activated
reboot: Restarting system
reboot: machine restart
"""

REFCOUNT = """\
[    2.1] ------------[ cut here ]------------
[    2.1] refcount_t: saturated; leaking memory.
[    2.1] WARNING: CPU: 0 PID: 88 at lib/refcount.c:22 refcount_warn_saturat
[    2.1] Modules linked in: mm_lab(O)
[    2.1] Call Trace:
[    2.1]  <TASK>
[    2.1]  kref_saturation+0x33/0x90 [mm_lab]
[    2.1]  </TASK>
[    2.1] ---[ end trace 0000000000000000 ]---
"""

OOPS = """\
[    3.0] BUG: kernel NULL pointer dereference, address: 0000000000000000
[    3.0] #PF: supervisor write access in kernel mode
[    3.0] Oops: 0002 [#1] PREEMPT SMP NOPTI
[    3.0] Call Trace:
[    3.0]  <TASK>
[    3.0]  </TASK>
[    3.0] ---[ end trace 0000000000000000 ]---
[    3.0] Kernel panic - not syncing: Fatal exception
"""

EXPECT = '[    2.0] mm_lab: expect "refcount_t: saturated"\n'
END = "[    2.2] mm_lab: expect end\n"


class Patterns(unittest.TestCase):
    """Single lines."""

    def test_every_complaint_is_seen(self) -> None:
        for line, kind in COMPLAINTS.items():
            with self.subTest(line):
                self.assertEqual(console.kind_of(line), kind)

    def test_stamps_and_callers_do_not_hide_one(self) -> None:
        for stamp in ("[    1.234567] ", "<4>[   12.000001] ",
                      "[    1.234567][  T123] ", "[    1.234567][    C1] "):
            with self.subTest(stamp):
                self.assertEqual(console.kind_of(
                    stamp + "refcount_t: underflow; use-after-free."),
                    "refcount")

    def test_every_pattern_has_a_line_that_fires_it(self) -> None:
        for kind, pattern in console.PATTERNS:
            with self.subTest(pattern.pattern):
                self.assertTrue(any(pattern.search(line) and wanted == kind
                                    for line, wanted in COMPLAINTS.items()))

    def test_an_ordinary_boot_has_none(self) -> None:
        for line in ORDINARY.splitlines():
            with self.subTest(line):
                self.assertIsNone(console.kind_of("[    0.100000] " + line))


class Reports(unittest.TestCase):
    """Reports of several lines, and what excuses them."""

    def kinds(self, text: str) -> list[str]:
        """The kinds of the faults in a console."""
        return [fault.kind for fault in console.scan(text)[0]]

    def test_a_report_is_one_fault_with_all_its_lines(self) -> None:
        faults, _ = console.scan("before\n" + REFCOUNT + "after\n")
        self.assertEqual([f.kind for f in faults], ["refcount"])
        self.assertEqual(str(faults[0]) + "\n", REFCOUNT)

    def test_two_reports_are_two_faults(self) -> None:
        self.assertEqual(self.kinds(REFCOUNT + REFCOUNT),
                         ["refcount", "refcount"])

    def test_a_panic_after_an_oops_is_a_fault_of_its_own(self) -> None:
        self.assertEqual(self.kinds(OOPS), ["BUG", "panic"])

    def test_what_was_announced_is_excused(self) -> None:
        faults, excused = console.scan(EXPECT + REFCOUNT + END)
        self.assertEqual(faults, [])
        self.assertEqual(len(excused), 1)

    def test_several_may_be_announced(self) -> None:
        text = EXPECT + EXPECT.replace("saturated", "underflow") + REFCOUNT \
            + REFCOUNT.replace("saturated; leaking", "underflow; use") + END
        self.assertEqual(self.kinds(text), [])

    def test_an_excuse_ends(self) -> None:
        self.assertEqual(self.kinds(EXPECT + REFCOUNT + END + REFCOUNT),
                         ["refcount"])

    def test_an_excuse_does_not_reach_back(self) -> None:
        self.assertEqual(self.kinds(REFCOUNT + EXPECT + REFCOUNT + END),
                         ["refcount"])

    def test_another_report_is_not_excused(self) -> None:
        other = REFCOUNT.replace("saturated", "underflow")
        self.assertEqual(self.kinds(EXPECT + REFCOUNT + other + END),
                         ["refcount"])

    def test_an_announced_report_must_come(self) -> None:
        self.assertEqual(self.kinds(EXPECT + END), ["announced and missing"])

    def test_it_must_come_before_the_console_ends(self) -> None:
        self.assertEqual(self.kinds(EXPECT), ["announced and missing"])

    def test_a_panic_is_never_excused(self) -> None:
        text = EXPECT.replace("refcount_t: saturated", "Kernel panic") \
            + OOPS.splitlines()[-1] + "\n"
        self.assertEqual(self.kinds(text), ["panic"])

    def test_an_injected_failure_is_no_fault(self) -> None:
        text = ("[    1.0] FAULT_INJECTION: forcing a failure.\n"
                "[    1.0] name failslab, interval 1, probability 0\n"
                "[    1.0] Call Trace:\n[    1.0]  <TASK>\n"
                "[    1.0]  </TASK>\n")
        self.assertEqual(self.kinds(text), [])
        self.assertEqual(self.kinds(text + REFCOUNT), ["refcount"])

    def test_a_report_cut_off_is_a_fault(self) -> None:
        self.assertEqual(self.kinds(
            "[    1.0] ------------[ cut here ]------------\n"), ["report"])


if __name__ == "__main__":
    unittest.main()
