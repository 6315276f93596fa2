# SPDX-License-Identifier: GPL-2.0
"""Reads a guest's console and finds what the kernel complained of.

An experiment that provokes a complaint announces it: it logs

    mm_lab: expect "TEXT"
    mm_lab: expect maybe "TEXT"
    mm_lab: expect end

before and after. A report between the two that contains TEXT is excused, and
an announced report that does not come is a fault like any other, unless it was
only maybe to come. Several may be announced one after the other; the end closes
all of them. A panic is never excused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# "[    1.234567] ", with the caller's id of CONFIG_PRINTK_CALLER, and the
# "<4>" of a raw log.
_STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])?\s?")

# What a line must look like to be a complaint, tried in this order. Anchored
# where the kernel prints nothing before it, so that ordinary boot lines that
# bear the same words do not match.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern)) for kind, pattern in (
        ("panic", r"Kernel panic - not syncing"),
        ("KASAN", r"\bKASAN: "),
        ("KFENCE", r"\bKFENCE: (?!initialized)"),
        ("KCSAN", r"\bKCSAN: (?!enabled|strict|selftest)"),
        ("KMSAN", r"\bKMSAN: "),
        ("UBSAN", r"\bUBSAN: "),
        ("soft lockup", r"\bsoft lockup - CPU"),
        ("hard lockup", r"\bhard LOCKUP\b"),
        ("workqueue lockup", r"\bBUG: workqueue lockup"),
        ("RCU stall", r"\brcu\S*:? .*\b(?:self-)?detected (?:expedited )?"
                      r"stall"),
        ("RCU stall", r"\brcu\S*:? .*\bkthread (?:timer wakeup|starved)"),
        ("hung task", r"^INFO: task .* blocked (?:for more than|in I/O wait)"),
        ("lockdep", r"^WARNING: (?:possible|inconsistent|bad unlock|held lock|"
                    r"lock held|suspicious RCU|Nested lock|.*-safe -> )"),
        ("lockdep", r"^\[ BUG: |^INFO: (?:trying to register non-static key|"
                    r"lockdep is turned off)"),
        ("lockdep", r"\bDEBUG_LOCKS_WARN_ON\b|"
                    r"turning off the locking correctness validator"),
        ("bad page", r"^BUG: Bad (?:page|rss|swap)"),
        ("BUG", r"^BUG: |^kernel BUG at |^BUG \S+ \("),
        ("slab", r"^slab error in |\bSlab cache still has objects\b|"
                 r"\bObjects remaining in\b|^Slab corruption|"
                 r"\bWrong slab cache\b"),
        ("refcount", r"^refcount_t: "),
        ("list corruption", r"^list_(?:add|del)(?:_\w+)? corruption"),
        ("WARNING", r"^WARNING: "),
        ("Oops", r"\bOops(?:: |\b.* \[#\d+\])"),
        ("Oops", r"^general protection fault|^invalid opcode: |"
                 r"^divide error: |^double fault: |^stack segment: |"
                 r"^Unable to handle kernel |^Internal error: |"
                 r"^Unhandled fault"),
        ("memory leak", r"^kmemleak: \d+ new suspected|"
                        r"^unreferenced object 0x|"
                        r"^kmemleak: .*(?:disabled|Cannot)"),
        ("out of memory", r"\binvoked oom-killer\b|^Out of memory"),
        ("allocation failure", r"\bpage allocation failure: order:|"
                               r"^SLUB: Unable to allocate memory"),
        ("debugfs", r"^debugfs: .* already present|"
                    r"^sysfs: cannot create duplicate"),
        ("module", r"^\S+: module verification failed: .*rejecting|"
                   r"^\S+: (?:Unknown symbol|disagrees about version)"),
        ("stack dump", r"^Call [Tt]race:"),
    ))

_BEGIN = re.compile(r"^-+\[ cut here \]-+")
_TAIL = re.compile(r"^---\[ end ")
_END = re.compile(r"^---\[ end |^ ?</TASK>|^={30,}$")
_HARMLESS = re.compile(r"^FAULT_INJECTION: forcing a failure")
_EXPECT = re.compile(
    r'\bmm_lab\S*: expect (?P<maybe>maybe )?"(?P<text>[^"]+)"')
_EXPECT_END = re.compile(r"\bmm_lab\S*: expect end\b")
# Follows the line that tells what happened, as a part of the same report.
_SOFT = frozenset({"stack dump", "Oops", "WARNING", "refcount", "slab",
                   "list corruption"})
_LONGEST = 90


@dataclass
class Report:
    """One complaint of the kernel with the lines that belong to it."""

    kind: str
    lines: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def message(line: str) -> str:
    """@line without its time stamp and caller."""
    return _STAMP.sub("", line.rstrip("\r\n"))


def kind_of(line: str) -> str | None:
    """What complaint a line of the console is, if it is one."""
    text = message(line)
    for kind, pattern in PATTERNS:
        if pattern.search(text):
            return kind
    return None


class Scanner:
    """Takes the console line by line and collects the faults."""

    def __init__(self, known: str = "") -> None:
        self._known = known
        self.faults: list[Report] = []
        self.excused: list[Report] = []
        self._announced: dict[str, bool] = {}
        self._open: Report | None = None
        self._last: Report | None = None

    def feed(self, line: str) -> None:
        """Take the next line."""
        text = message(line)
        if self._mark(text):
            return
        if _HARMLESS.search(text):
            self._close()
            self._open = Report("injected")
        elif _BEGIN.search(text):
            self._close()
            self._open = Report("")
        else:
            self._complaint(kind_of(text))
        if self._open:
            self._open.lines.append(line.rstrip("\r\n"))
            if self._open.kind and (_END.search(text) or
                                    len(self._open.lines) >= _LONGEST):
                self._close()
        elif self._last and _TAIL.search(text):
            self._last.lines.append(line.rstrip("\r\n"))

    def finish(self) -> list[Report]:
        """The console has ended; returns the faults."""
        self._close()
        self._end_of_expectation("the console ended")
        return self.faults

    def _mark(self, text: str) -> bool:
        if found := _EXPECT.search(text):
            self._close()
            self._announced.setdefault(found["text"], bool(found["maybe"]))
        elif _EXPECT_END.search(text):
            self._close()
            self._end_of_expectation("its experiment ended")
        else:
            return False
        return True

    def _complaint(self, kind: str | None) -> None:
        if kind is None:
            return
        if self._open is None or kind not in _SOFT and self._open.kind:
            self._close()
            self._open = Report(kind)
        elif not self._open.kind:
            self._open.kind = kind

    def _close(self) -> None:
        report, self._open = self._open, None
        if report is None or report.kind == "injected":
            return
        whole = str(report)
        matching = [text for text in self._announced if text in whole]
        for text in matching:
            self._announced[text] = True
        report.kind = report.kind or "report"
        self._last = report
        # A race of the kernel's own is no fault of the module.
        known = self._known and self._known in whole or \
            report.kind == "KCSAN" and "[mm_lab" not in whole
        if (matching or known) and report.kind != "panic":
            self.excused.append(report)
        else:
            self.faults.append(report)

    def _end_of_expectation(self, when: str) -> None:
        for text, came in self._announced.items():
            if not came:
                self.faults.append(Report("announced and missing", [
                    f'no report with "{text}" had come when {when}']))
        self._announced.clear()


def scan(text: str, known: str = "") -> tuple[list[Report], list[Report]]:
    """The faults and the excused reports of a whole console.

    A report with @known in it is what this kernel prints without us.
    """
    scanner = Scanner(known)
    for line in text.splitlines():
        scanner.feed(line)
    return scanner.finish(), scanner.excused
