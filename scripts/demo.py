#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make demo: the lecture on memory management, on a real kernel.

Boots Debian's stock kernel in a guest, runs every experiment and prints each
with its verdict and its claim. KERNEL= chooses the version, as in stock-6.1.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from pathlib import Path

import claims
import guest
import kernels
import ktap
import modbuild
from common import ROOT, LabError, main_wrapper, say

_COLOURS = {"passed": "32", "FAILED": "31;1", "skipped": "33"}


def allocator(config: str) -> str:
    """The slab allocator that a kernel's config names."""
    for name in ("SLUB_TINY", "SLUB", "SLAB", "SLOB"):
        if re.search(rf"^CONFIG_{name}=y$", config, re.M):
            return name
    return "unknown"


class Page:
    """Text for a terminal of 80 to 100 columns."""

    def __init__(self) -> None:
        self.width = max(80, min(100, shutil.get_terminal_size().columns))
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def painted(self, text: str, code: str) -> str:
        """@text in a colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def title(self, text: str) -> None:
        """A heading."""
        print("\n" + self.painted(text, "1"))

    def row(self, row: ktap.Case, claim: str, column: int) -> None:
        """An experiment with its claim, and why where it did not pass.

        @column is the width of the names.
        """
        verdict = self.painted(f"{row.verdict:7}", _COLOURS[row.verdict])
        indent = column + 13
        first, *rest = textwrap.wrap(claim, self.width - indent) or [""]
        print(f"  {verdict}  {row.name:{column}}  {first}")
        if row.reason:
            rest += textwrap.wrap(f"({row.reason})", self.width - indent)
        for line in rest:
            print(" " * indent + line)
        if row.verdict == "FAILED":
            for note in row.notes:
                print(f"      {note}")


def show(result: guest.Result, kernel: kernels.Kernel, page: Page) -> int:
    """Print it all; returns how many experiments failed or did not come."""
    config = (kernel.kdir / ".config").read_text()
    release, memory, cpus = (*text_of(result, "head").splitlines(),
                             "?", "?", "?")[:3]
    page.title("mm_lab: memory management, observed on the running kernel")
    print(f"  kernel       Linux {release}")
    print(f"  allocator    {allocator(config)}")
    print(f"  machine      {mib(memory)} MiB of memory, {cpus} CPUs, in QEMU")
    print(f"  zones        {zones_with_memory(text_of(result, 'zones'))}")
    for name, what in (("zones", "Zones"), ("pages", "Page frames")):
        page.title(f"{what}   (/sys/kernel/debug/mm_lab/{name})")
        print(text_of(result, name).rstrip())
    totals = {"passed": 0, "FAILED": 0, "skipped": 0}
    for probe, what in claims.PROBES.items():
        page.title(f"{probe}: {what}")
        for row in show_probe(result, probe, page):
            totals[row.verdict] += 1
    print(f"\n{totals['passed']} experiments passed, "
          f"{totals['FAILED']} failed, "
          f"{totals['skipped']} skipped")
    return totals["FAILED"]


def show_probe(result: guest.Result, probe: str, page: Page) -> list[ktap.Case]:
    """Print a probe's experiments; one without a result has failed."""
    sentences = dict(line.split("\t", 1) for line in
                  text_of(result, f"claims-{probe}").splitlines()
                  if "\t" in line)
    rows = ktap.cases(text_of(result, f"result-{probe}"))
    seen = {row.name for row in rows}
    rows += [missing(name) for name in sentences if name not in seen]
    rows = rows or [missing(probe)]
    column = max(len(row.name) for row in rows)
    for row in rows:
        page.row(row, sentences.get(row.name, ""), column)
    return rows


def missing(name: str) -> ktap.Case:
    """The line of what brought no result."""
    return ktap.Case((), name, "FAILED", "it brought no result", [])


def mib(line: str) -> str:
    """The MiB of a line of /proc/meminfo."""
    found = re.search(r"(\d+) kB", line)
    return str(int(found[1]) // 1024) if found else "?"


def text_of(result: guest.Result, name: str) -> str:
    """What a section of the guest's data has."""
    section = result.section(name)
    return section.text if section else ""


def zones_with_memory(zones: str) -> str:
    """The names of the zones, in the order of the file."""
    names = re.findall(r"^extents +\d+ (\S+)", zones, re.M)
    return ", ".join(dict.fromkeys(names)) or "?"


def main() -> int:
    """The command."""
    version = os.environ.get("KERNEL") or "6.12"
    spec = kernels.load_spec(f"stock-{version}")
    kernel = kernels.kernel(spec)
    modules = modbuild.build(kernel)
    log = ROOT / "build" / "logs" / "demo.console"
    say(f"booting {kernel.name} (console: {relative(log)})")
    result = guest.run(spec, kernel, guest.Job(["demo"], modules), log)
    if not result.sections:
        for fault in result.faults:
            print(fault, file=sys.stderr)
        raise LabError("the guest did not come up; its console is in "
                       f"{relative(log)}")
    failed = show(result, kernel, Page())
    for fault in result.faults:
        print(f"\nThe guest's kernel complained ({fault.kind}):\n{fault}")
    status = result.sections[0].status
    if status != 0 and not failed:
        print(f"\nThe guest's script ended with status {status}.")
    print(f"{result.seconds:.1f} s in the guest")
    return 1 if failed or result.faults or status != 0 else 0


def relative(path: Path) -> str:
    """@path as seen from where the user stands, if it is below."""
    return os.path.relpath(path)


if __name__ == "__main__":
    main_wrapper(main)
