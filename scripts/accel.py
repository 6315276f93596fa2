# SPDX-License-Identifier: GPL-2.0
"""Which accelerator QEMU can really use on this machine.

/dev/kvm may be there and hang, or kill QEMU, at once or half-way through the
kernel's boot. So a kernel is booted as far as user space, once, with a short
time limit, and the answer is remembered.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

from common import LabError, cache, call, locked, safe_name, say

LIMIT_S = 8.0


def options(accel: str) -> list[str]:
    """QEMU's options for an accelerator."""
    if accel == "kvm":
        return ["-accel", "kvm", "-cpu", "host"]
    return ["-accel", "tcg,thread=multi"]


def choose(qemu: str, boots: Callable[[str, float], bool]) -> str:
    """The accelerator to use: "kvm" or "tcg".

    @boots tells whether a guest comes up with an accelerator within a number
    of seconds. ACCEL in the environment forces the answer.
    """
    forced = os.environ.get("ACCEL", "")
    if forced:
        if forced not in ("kvm", "tcg"):
            raise LabError(f"ACCEL={forced}: it is kvm or tcg")
        return forced
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    answer = cache() / "accel" / safe_name(_machine(qemu))
    with locked(answer, "the probe of /dev/kvm"):
        if not answer.is_file():
            say("trying /dev/kvm, once")
            works = boots("kvm", LIMIT_S)
            half = answer.with_suffix(".half")
            half.write_text("kvm" if works else "tcg")
            half.rename(answer)
            if not works:
                say("/dev/kvm is there but boots no guest: using TCG")
    return answer.read_text()


def _machine(qemu: str) -> str:
    """What the answer holds for: this QEMU on this kernel."""
    version = call([qemu, "--version"], timeout=30)[1].splitlines()[0]
    return f"{platform.node()}_{platform.release()}_{Path(qemu).name}_" \
           + version.removeprefix("QEMU emulator version ")
