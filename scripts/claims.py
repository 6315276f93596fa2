# SPDX-License-Identifier: GPL-2.0
"""The claims of the project, as the probes' tables of experiments name them."""

from __future__ import annotations

import re

from common import ROOT

PROBES = {
    "buddy": "the page allocator",
    "slab": "the slab layer",
    "mempool": "memory pools",
    "kref": "reference counters",
    "zone": "zones",
    "page": "struct page",
}
_ROW = re.compile(r'\.name = "(\w+)",\s*\.claim')


def experiments() -> dict[str, list[str]]:
    """The experiments of each probe, in the order of its table."""
    found: dict[str, list[str]] = {}
    for probe in PROBES:
        found[probe] = [name for path in sorted(ROOT.glob(f"{probe}_*.c"))
                        if not path.name.endswith(".mod.c")
                        for name in _ROW.findall(path.read_text())]
    return found
