# SPDX-License-Identifier: GPL-2.0
"""Counts test results by the kernel's own reader of KTAP, kunit.py parse.

That reader never ends on a test whose plan is missing, so it gets little time;
an empty or truncated document counts as a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import console
from common import LabError, call, temp_folder

LIMIT_S = 15.0
_STAMP = re.compile(r"^\[\d\d:\d\d:\d\d\] ", re.M)
_QUIET = re.compile(r"^\[(?:PASSED|SKIPPED)\]|^=+$|^=+ .* =+$|^Test results|"
                    r"^$|^Testing complete|^\{|^\s*# .*: pass:")


@dataclass
class Counts:
    """Test cases by how they ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed,
                      self.skipped + other.skipped)

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.skipped

    def add(self, verdict: str) -> None:
        """Count a case."""
        self.passed += verdict == "passed"
        self.failed += verdict == "FAILED"
        self.skipped += verdict == "skipped"

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, " \
               f"{self.skipped} skipped"


@dataclass
class Reading:
    """What kunit.py made of a document."""

    counts: Counts
    complaints: list[str]   # failed cases with their diagnostics


@dataclass
class Case:
    """A test case of a document, or an experiment of a `result` file."""

    path: tuple[str, ...]   # the subtests that it lies in
    name: str
    verdict: str            # passed, FAILED or skipped
    reason: str             # of the skip
    notes: list[str]        # the diagnostics before it


_RESULT = re.compile(r"( *)(not )?ok \d+ (?:- )?(.*?)(?: # SKIP ?(.*))?$")
_SUBTEST = re.compile(r"( *)# Subtest: (\S+)$")
_TOTALS = re.compile(r"( *)# (\S+): pass:(\d+) fail:(\d+) skip:(\d+) total:")


def cases(text: str) -> list[Case]:
    """The cases of a document with their diagnostics, in order.

    kunit.py counts them and does not tell why one was skipped or what it saw.
    """
    found: list[Case] = []
    stack: list[tuple[int, str]] = []
    notes: list[str] = []
    for line in map(console.message, text.splitlines()):
        if begin := _SUBTEST.match(line):
            stack.append((len(begin[1]), begin[2]))
            notes = []
        elif result := _RESULT.match(line):
            depth = len(stack)
            while stack and stack[-1][0] > len(result[1]):
                stack.pop()
            # The line that closes a subtest is none of a case.
            if stack and len(stack) == depth:
                verdict = "skipped" if result[4] is not None else \
                    "FAILED" if result[2] else "passed"
                found.append(Case(tuple(name for _, name in stack), result[3],
                                  verdict, result[4] or "", notes))
            notes = []
        elif line.lstrip().startswith("# "):
            notes.append(line.strip().removeprefix("# "))
    return found


def contradictions(text: str) -> list[str]:
    """Where KUnit's totals of a case's parameters are not what stands there.

    Only a case with parameters lies two subtests deep.
    """
    shown: dict[str, Counts] = {}
    for case in cases(text):
        if len(case.path) == 2:
            shown.setdefault(case.path[1], Counts()).add(case.verdict)
    told: dict[str, Counts] = {}
    for line in map(console.message, text.splitlines()):
        if (found := _TOTALS.match(line)) and found[2] in shown:
            told[found[2]] = told.get(found[2], Counts()) + Counts(
                *map(int, found.group(3, 4, 5)))
    return [f"{name}: KUnit counts {counts}, and its lines say {shown[name]}"
            for name, counts in told.items() if counts != shown[name]]


def parse(text: str, kunit: Path) -> Reading:
    """Read a document, or a console that has one in it, with one kunit.py."""
    with temp_folder() as folder:
        source, result = folder / "ktap", folder / "json"
        source.write_text(text)
        try:
            _, said = call(["python3", kunit, "parse", f"--json={result}",
                            source], timeout=LIMIT_S)
        except LabError:
            return Reading(Counts(failed=1), [
                "kunit.py finds no end in it: a plan (1..N) is missing"])
        return judge(said, result.read_text() if result.exists() else "")


def judge(said: str, result: str) -> Reading:
    """Judge what kunit.py printed, and the JSON that it wrote."""
    said = _STAMP.sub("", re.sub(r"\x1b\[[\d;]*m", "", said))
    counts = count(json.loads(result)) if result else Counts()
    summary = re.search(r"^Testing complete\..*$", said, re.M)
    wrong = summary is None or "errors:" in summary[0]
    if counts == Counts() or wrong and not counts.failed:
        counts.failed += 1
    lines = []
    if counts.failed or wrong:
        lines = complaints(said)
    return Reading(counts, lines)


def count(group: dict[str, Any]) -> Counts:
    """The cases of a group of kunit.py's JSON, and of those within it."""
    counts = Counts()
    for case in group.get("test_cases", []):
        counts += {"PASS": Counts(passed=1), "SKIP": Counts(skipped=1)}.get(
            case["status"], Counts(failed=1))
    for inner in group.get("sub_groups", []):
        counts += count(inner)
    return counts


def complaints(said: str) -> list[str]:
    """The failed cases of kunit.py's output, each after its diagnostics."""
    lines: list[str] = []
    pending: list[str] = []
    for row in said.splitlines():
        if re.search(r"\[(?:FAILED|CRASHED|ERROR|TIMED OUT)\]", row):
            lines += [*pending, row.strip("= ")]
            pending = []
        elif _QUIET.search(row):
            pending = []
        else:
            pending.append("    " + row.strip())
    return lines


def read(text: str, kunits: Sequence[Path]) -> Reading:
    """Read a document with several versions of kunit.py, which must agree."""
    first = parse(text, kunits[0])
    for kunit in kunits[1:]:
        other = parse(text, kunit)
        if other.counts != first.counts:
            first.counts.failed += 1
            first.complaints.append(
                f"{kunit.parents[3].name} reads {other.counts}, and "
                f"{kunits[0].parents[3].name} reads otherwise")
    return first
