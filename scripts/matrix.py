#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make matrix: every experiment and suite in every guest, in one table.

Guests stand down and probes across, with passed/failed/skipped cases in each
cell; below are the skips with their reasons, what the allocators and machines
do differently, and in how many guests each claim passed. A claim that passed
in none is a failure.

GUESTS= takes a list of guests. LIMIT_MIN= is a number of minutes: a guest whose
kernel is not in the cache is left out, and said to be, where it would not be
done in that time.

    scripts/matrix.py --readme    also renew the table in README.md
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import queue
import re
import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import claims
import kernels
import ktap
import suite
from common import ROOT, LabError, main_wrapper

# Experiments whose findings are put side by side.
FINDINGS = (("slab", "constructor"), ("slab", "layout"),
            ("slab", "management"), ("slab", "colouring"),
            ("slab", "mixed_page"), ("slab", "size_classes"),
            ("slab", "per_cpu"), ("page", "metadata_cost"), ("zone", "kinds"))
# What it takes to build or download a kernel, and to run its guest, for
# LIMIT_MIN.
_BUILD_MIN = 6.0
_DOWNLOAD_MIN = 2.0
_RUN_MIN = 2.0
_SEVERITY = ("skipped", "passed", "FAILED")


@dataclass
class Guest:
    """A guest and what its runs came to."""

    spec: kernels.Spec
    outcomes: list[suite.Outcome] = field(default_factory=list)
    left_out: str = ""

    def cases(self) -> dict[tuple[str, str], ktap.Case]:
        """Its cases by probe and name; of several runs the one that counts.

        What one run skipped and another showed, was shown.
        """
        found: dict[tuple[str, str], ktap.Case] = {}
        for outcome in self.outcomes:
            for case in outcome.cases:
                key = claims.key_of(case)
                if key not in found or weight(case) > weight(found[key]):
                    found[key] = case
        return found

    def cell(self, column: str) -> ktap.Counts:
        """The cases of one probe, or of none of them."""
        counts = ktap.Counts()
        for (probe, _), case in self.cases().items():
            if probe.partition("/")[0] == column:
                counts.add(case.verdict)
        if column == claims.OTHER:
            # Complaints of the kernel, runs that came to no end.
            counts.failed += sum(
                outcome.counts.failed - failures(outcome.cases)
                for outcome in self.outcomes)
        return counts


def weight(case: ktap.Case) -> tuple[int, bool]:
    """Which of two verdicts on a claim counts, the greater one.

    Of two skips, the one that did not just want for consent.
    """
    return _SEVERITY.index(case.verdict), \
        not case.reason.startswith("disruptive:")


def failures(cases: Sequence[ktap.Case]) -> int:
    """How many of the cases failed."""
    return sum(case.verdict == "FAILED" for case in cases)


# --- carrying it out --------------------------------------------------------------

class Matrix:
    """Builds the kernels one after the other, and boots guests beside that."""

    def __init__(self, specs: Sequence[kernels.Spec], limit_min: float,
                 kunits: Sequence[Path]) -> None:
        self.guests = {spec.name: Guest(spec) for spec in specs}
        self._deadline = time.monotonic() + 60 * limit_min
        self._kunits = kunits
        self._done: queue.SimpleQueue[
            tuple[Guest, suite.Outcome] | BaseException | None] \
            = queue.SimpleQueue()

    def carry_out(self, report: Callable[[suite.Outcome], None]) -> None:
        """Run it all; @report is called for each run as it ends."""
        threading.Thread(target=self._feed, daemon=True).start()
        while (item := self._done.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            item[0].outcomes.append(item[1])
            report(item[1])

    def _feed(self) -> None:
        pool = concurrent.futures.ThreadPoolExecutor(suite.workers())
        try:
            # Those at hand first: their results come at once.
            cost_min = {name: to_prepare_min(guest.spec)
                        for name, guest in self.guests.items()}
            pending = []
            for name in sorted(cost_min, key=lambda name: cost_min[name]):
                guest = self.guests[name]
                if cost_min[name] and self._no_time(guest, cost_min[name]):
                    continue
                pending += [pool.submit(self._run, guest, run)
                            for run in self._prepared(guest)]
            concurrent.futures.wait(pending)
            self._done.put(None)
        except BaseException as error:  # pylint: disable=broad-except
            self._done.put(error)

    def _no_time(self, guest: Guest, cost_min: float) -> bool:
        left = (self._deadline - time.monotonic()) / 60
        if left >= cost_min + _RUN_MIN:
            return False
        guest.left_out = "its kernel is not in the cache, and of the time " \
            f"given {max(left, 0):.0f} minutes are left"
        outcome = suite.Outcome(f"{guest.spec.name}/left-out")
        outcome.counts.skipped += 1
        self._done.put((guest, outcome))
        return True

    def _prepared(self, guest: Guest) -> list[suite.Run]:
        """The runs of a guest that is ready; none where it cannot be."""
        start = time.monotonic()
        try:
            suite.make_ready(guest.spec)
        except LabError as error:
            outcome = suite.Outcome(f"{guest.spec.name}/kernel")
            outcome.fail(str(error))
            outcome.seconds = time.monotonic() - start
            self._done.put((guest, outcome))
            return []
        return suite.runs_of(guest.spec, self._kunits)

    def _run(self, guest: Guest, run: suite.Run) -> None:
        try:
            outcome = suite.carry_out(run)
            cross_check(outcome)
            self._done.put((guest, outcome))
        except BaseException as error:  # pylint: disable=broad-except
            self._done.put(error)


def to_prepare_min(spec: kernels.Spec) -> float:
    """The minutes that it takes to have a guest's kernel; none once it is."""
    if kernels.at_hand(spec):
        return 0.0
    return _DOWNLOAD_MIN if spec.image else _BUILD_MIN


def cross_check(outcome: suite.Outcome) -> None:
    """The cases that the table is made of are those that kunit.py counted."""
    here = [sum(case.verdict == verdict for case in outcome.cases)
            for verdict in ("passed", "skipped")]
    if here != [outcome.counts.passed, outcome.counts.skipped]:
        outcome.fail(f"the matrix reads {here[0]} passed and {here[1]} "
                     f"skipped, and kunit.py {outcome.counts}")


# --- what is shown ------------------------------------------------------------------

def show_table(guests: Sequence[Guest]) -> None:
    """Guests down, probes across."""
    columns = [*claims.PROBES, claims.OTHER]
    width = max(len(guest.spec.name) for guest in guests) + 2
    print("\ncases passed/failed/skipped")
    print("guest".ljust(width) + "".join(f"{c:>12}" for c in columns))
    for guest in guests:
        cells = [guest.cell(column) for column in columns]
        print(guest.spec.name.ljust(width) + (
            f"left out: {guest.left_out}" if guest.left_out else
            "".join(f"{c.passed}/{c.failed}/{c.skipped}".rjust(12)
                    for c in cells)))


def grouped(rows: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Guests by the text that they have in common, in order."""
    found: dict[str, list[str]] = {}
    for guest, text in rows:
        found.setdefault(text, []).append(guest)
    return found


def show_rows(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """One line for each text, with the guests that it holds for."""
    print(f"  {title}")
    for text, names in grouped(rows).items():
        # The names are words of the line: as an indent they would leave a
        # long word no room, and it would be cut.
        print(textwrap.fill(f"{' '.join(names)}: {text}", 99,
                            initial_indent="    ",
                            subsequent_indent="        ",
                            break_on_hyphens=False))


def show_skips(guests: Sequence[Guest]) -> None:
    """Each skip with its reason."""
    skips: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for guest in guests:
        for key, case in guest.cases().items():
            if case.verdict == "skipped":
                skips.setdefault(key, []).append((guest.spec.name,
                                                  case.reason))
    print("\nskipped, and why")
    for (probe, name), rows in sorted(skips.items()):
        show_rows(f"{probe} {name}", rows)


def findings(case: ktap.Case) -> str:
    """What an experiment found, in one line; empty where it tells nothing."""
    words = [note.removeprefix("finding: ") for note in case.notes
             if note.startswith("finding: ")]
    return "; ".join(words) or (f"({case.reason})" if case.reason else "")


def show_findings(guests: Sequence[Guest]) -> list[str]:
    """What is done differently, side by side; returns who told nothing."""
    silent = []
    print("\nwhat the allocators and machines do")
    for key in FINDINGS:
        rows = [(guest.spec.name, findings(case)) for guest in guests
                if (case := guest.cases().get(key)) is not None]
        show_rows(" ".join(key), [row for row in rows if row[1]])
        silent += [f"{name}: {' '.join(key)}" for name, text in rows
                   if not text]
    return silent


def show_claims(guests: Sequence[Guest]) -> list[str]:
    """In how many guests each claim passed; returns those of none."""
    nowhere = []
    print(f"\nof {len(guests)} guests, each claim passed in")
    for probe, names in claims.experiments().items():
        words = []
        for name in names:
            count = sum(
                (case := guest.cases().get((probe, name))) is not None
                and case.verdict == "passed" for guest in guests)
            words.append(f"{name} {count}")
            if not count:
                nowhere.append(f"{probe} {name}")
        print(textwrap.fill(", ".join(words), 99,
                            initial_indent=f"  {probe:9}",
                            subsequent_indent=" " * 11))
    return nowhere


def judge(guests: Sequence[Guest]) -> int:
    """Show the findings and the claims; returns how many are amiss."""
    silent = show_findings(guests)
    for text in silent:
        print(f"  no finding: {text}")
    nowhere = show_claims(guests)
    if nowhere:
        print(f"passed in none of these guests: {', '.join(nowhere)}")
    # Some of the guests cannot show all claims, and need not.
    whole = len(guests) == len(kernels.spec_names())
    return len(silent) + (len(nowhere) if whole else 0)


# --- the README ----------------------------------------------------------------------

_TABLE = re.compile(r"(?<=<!-- matrix -->\n).*?(?=<!-- end of matrix -->)",
                    re.S)


def support(guests: Sequence[Guest]) -> str:
    """The README's table of what is supported, from this run."""
    rows = ["| guest | kernel | what only it shows | passed | failed | "
            "skipped |", "|---|---|---|---|---|---|"]
    for guest in guests:
        total = ktap.Counts()
        for column in (*claims.PROBES, claims.OTHER):
            total += guest.cell(column)
        rows.append(f"| `{guest.spec.name}` | {guest.spec.title} | "
                    f"{guest.spec.shows} | {total.passed} | {total.failed} | "
                    f"{total.skipped} |")
    return "\n".join(rows) + "\n"


def renew_readme(guests: Sequence[Guest]) -> None:
    """Put the table into README.md."""
    readme = ROOT / "README.md"
    table = support(guests)
    text, count = _TABLE.subn(lambda _: table, readme.read_text())
    if count != 1:
        raise LabError("README.md has no place for the table")
    readme.write_text(text)


# --- the command -----------------------------------------------------------------------

def limit() -> float:
    """LIMIT_MIN of the environment, in minutes."""
    text = os.environ.get("LIMIT_MIN") or "inf"
    try:
        return float(text)
    except ValueError:
        raise LabError(f"LIMIT_MIN={text}: it is a number of minutes") \
            from None


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="every guest, in one table")
    parser.add_argument("--readme", action="store_true",
                        help="renew the table in README.md")
    args = parser.parse_args()
    names = suite.words("GUESTS") or kernels.spec_names()
    specs = [kernels.load_spec(name) for name in names]
    start = time.monotonic()
    matrix = Matrix(specs, limit(), suite.readers())
    total = ktap.Counts()

    def report(outcome: suite.Outcome) -> None:
        nonlocal total
        suite.report(outcome)
        total += outcome.counts

    matrix.carry_out(report)
    guests = list(matrix.guests.values())
    shown = [guest for guest in guests if not guest.left_out]
    show_table(guests)
    show_skips(shown)
    total.failed += judge(shown)
    if args.readme:
        renew_readme(guests)
    return suite.conclude(start, total)


if __name__ == "__main__":
    main_wrapper(main)
