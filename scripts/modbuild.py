#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Builds mm_lab.ko and mm_lab_kunit.ko for a guest's kernel.

Each kernel has its own copy of what kbuild reads, in the cache, so that builds
for several kernels do not meet, and a checkout stays free of objects. Nothing
is built when neither the files nor the kernel have changed.

    scripts/modbuild.py GUEST    builds, and prints the modules' paths
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import kernels
from common import ROOT, LabError, cache, call, locked, main_wrapper, \
    safe_name, say

NAMES = ("mm_lab.ko", "mm_lab_kunit.ko")


def build(kernel: kernels.Kernel, strict: bool = False) -> dict[str, Path]:
    """The modules for a kernel by name; the suites only where it has KUnit.

    They are without debugging information, which is ten times the rest and
    would be copied into every guest. With @strict every warning of W=1 and
    sparse is an error.
    """
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    _forget_gone(cache() / "modules")
    stage = cache() / "modules" / checkout / (
        safe_name(kernel.kdir.parent.name if kernel.kdir.name == "kdir"
                  else kernel.kdir.name) + ("-strict" if strict else ""))
    stage.mkdir(parents=True, exist_ok=True)
    (stage.parent / "checkout").write_text(str(ROOT))
    with locked(stage, f"the module for {kernel.name}"):
        place(stage)
        digest = _digest(stage, kernel.kdir)
        stamp = stage / "built"
        if not stamp.is_file() or stamp.read_text() != digest:
            stamp.unlink(missing_ok=True)
            _make(kernel, stage, strict)
            _strip(stage, kernels.cross_prefix(kernel.arch))
            stamp.write_text(digest)
    return _made(stage)


def build_by(prefix: Sequence[str | Path], kernel: kernels.Kernel,
             stage: Path) -> dict[str, Path]:
    """The modules, built anew in a folder by a command that runs another.

    For a kernel that is not what it seems to anyone else.
    """
    place(stage)
    _make(kernel, stage, False, prefix)
    _strip(stage, kernels.cross_prefix(kernel.arch))
    return _made(stage)


def place(stage: Path) -> None:
    """Copy what kbuild reads to a folder, and remove what is gone."""
    status, text = call([ROOT / "scripts" / "place.sh", "--copy", stage])
    if status != 0:
        raise LabError(text.strip().removeprefix("mm_lab: "))


def sources(stage: Path) -> list[Path]:
    """What the modules are made of, in a folder of place()."""
    return [stage / "Kbuild", *sorted(
        path for path in stage.glob("**/*.[ch]")
        if not path.name.endswith(".mod.c"))]


def _made(stage: Path) -> dict[str, Path]:
    return {name: stage / "stripped" / name for name in NAMES
            if (stage / "stripped" / name).is_file()}


def _strip(stage: Path, prefix: str) -> None:
    shutil.rmtree(stage / "stripped", ignore_errors=True)
    (stage / "stripped").mkdir()
    for name in NAMES:
        if not (stage / name).is_file():
            continue
        status, text = call([f"{prefix}strip", "--strip-debug", "-o",
                             stage / "stripped" / name, stage / name])
        if status != 0:
            raise LabError(f"{name}: {text.strip()}")


def _forget_gone(parent: Path) -> None:
    """Remove what was built for checkouts that are no longer there."""
    for note in parent.glob("*/checkout"):
        if not Path(note.read_text()).is_dir():
            shutil.rmtree(note.parent, ignore_errors=True)


def _digest(stage: Path, kdir: Path) -> str:
    """What the modules depend on: their files, and the kernel's symbols."""
    digest = hashlib.sha256()
    for path in [*sources(stage), kdir / "Module.symvers", kdir / ".config"]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _make(kernel: kernels.Kernel, stage: Path, strict: bool,
          prefix: Sequence[str | Path] = ()) -> None:
    how = " with every warning an error" if strict else ""
    if not prefix:
        say(f"building the module for {kernel.name}{how}")
    for old in NAMES:
        (stage / old).unlink(missing_ok=True)
    line = [*prefix, *kernels.make_line(kernel.arch, kernel.llvm), "-s", "-C",
            str(kernel.kdir), f"M={stage}"]
    if strict:
        call([*line, "clean"], env=kernels.build_env(), timeout=120)
        line += ["W=1", "C=2", "CHECK=sparse", "KCFLAGS=-Werror"]
    log = stage / "build.log"
    status, text = call([*line, "modules"], env=kernels.build_env(),
                        timeout=600, log=log)
    complaints = [row for row in text.splitlines()
                  if re.search(r"\b(?:error|warning)\b|WARNING|ERROR", row)]
    if status == 0 and not (strict and complaints):
        if not (stage / NAMES[0]).is_file():
            raise LabError(f"kbuild made no {NAMES[0]} for {kernel.name} and "
                           f"said nothing; see {log}")
        return
    # Shown whole: whoever changed the code needs the compiler's words.
    shown = text.replace(f"{stage}{os.sep}", "").strip()
    raise LabError(f"the module does not build for {kernel.name}{how}:\n"
                   + shown)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="builds the modules")
    parser.add_argument("guest")
    parser.add_argument("--strict", action="store_true",
                        help="every warning is an error")
    args = parser.parse_args()
    kernel = kernels.kernel(kernels.load_spec(args.guest))
    for path in build(kernel, args.strict).values():
        print(path)
    return 0


if __name__ == "__main__":
    main_wrapper(main)
