# SPDX-License-Identifier: GPL-2.0
"""The claims of the project, as the probes' tables of experiments name them,
and where a test case belongs.
"""

from __future__ import annotations

import re

import ktap
from common import ROOT

PROBES = {
    "buddy": "the page allocator",
    "slab": "the slab layer",
    "mempool": "memory pools",
    "kref": "reference counters",
    "zone": "zones",
    "page": "struct page",
}
# Of a case that belongs to no probe.
OTHER = "other"
_ROW = re.compile(r'\.name = "(\w+)",\s*\.claim')


def experiments() -> dict[str, list[str]]:
    """The experiments of each probe, in the order of its table."""
    found: dict[str, list[str]] = {}
    for probe in PROBES:
        found[probe] = [name for path in sorted(ROOT.glob(f"{probe}_*.c"))
                        if not path.name.endswith(".mod.c")
                        for name in _ROW.findall(path.read_text())]
    return found


def key_of(case: ktap.Case) -> tuple[str, str]:
    """Where a case belongs: a probe's claim, a probe's other tests, or other.

    An experiment has the same key in debugfs and as a case of KUnit.
    """
    top, *inner = case.path
    probe = top.removeprefix("mm_lab_").partition("_")[0]
    if probe not in PROBES:
        return OTHER, "/".join((*case.path, case.name))
    if inner == ["mm_kunit_run"] or not inner and top == probe:
        return probe, case.name
    return probe + "/suite", "/".join((*case.path, case.name))
