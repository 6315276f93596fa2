#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make check: everything that tools can say about the project's files.

A tool that is missing is an error and no skip.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import claims
import install
import kernels
import modbuild
import mutate
from common import ROOT, LabError, call, main_wrapper, say

# What the modules are built for with every warning an error; the suites build
# only for a kernel that has KUnit.
GUESTS = ("stock-6.1", "stock-6.12", "slub")
# And these, where their kernels are in the cache: other word sizes, the oldest
# and the newest interfaces, the other compiler.
ALSO = ("slab", "highmem", "arm64", "newest", "llvm")


def files(*patterns: str) -> list[Path]:
    """The project's files, in order."""
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern)
                  if not path.name.endswith(".mod.c"))


def tool(line: Sequence[str | Path], cwd: Path = ROOT) -> str:
    """What a tool has to complain of; empty when it is content."""
    if not shutil.which(str(line[0])):
        raise LabError(f"no {line[0]}: scripts/setup.sh check installs it")
    status, text = call(line, cwd=cwd, timeout=600)
    return text.strip() or f"status {status}" if status != 0 else ""


def checkpatch() -> str:
    """The kernel's style, strictly, with nothing ignored.

    But in compat.h, whose very purpose is to compare versions, and to give
    macros that stand for a list of parameters or for nothing.
    """
    names = files("*.c", "*.h", "tests/**/*.c", "tests/**/*.h", "Kconfig")
    compat = ROOT / "compat.h"
    names.remove(compat)
    return "\n".join(filter(None, [
        _checkpatch(names), _checkpatch([compat], "--ignore", ",".join((
            "LINUX_VERSION_CODE", "CONSTANT_COMPARISON", "MACRO_ARG_UNUSED",
            "MACRO_ARG_PRECEDENCE")))]))


def _checkpatch(names: Sequence[Path], *options: str) -> str:
    script = kernels.source("linux-source-6.12") / "scripts/checkpatch.pl"
    status, text = call([script, "--no-tree", "--strict", "--terse",
                         "--no-summary", *options, "-f", *relative(names)],
                        cwd=ROOT, timeout=600)
    # Its status is no guide: a CHECK alone leaves it at zero.
    return text.strip() or ("" if status == 0 else f"status {status}")


def kernel_doc() -> str:
    """Comments for kernel-doc are well-formed and whole."""
    script = kernels.source("linux-source-6.12") / "scripts/kernel-doc"
    text = call([script, "-none", "-Wall", *relative(files(
        "*.c", "*.h", "tests/*.c", "tests/*.h"))], cwd=ROOT, timeout=120)[1]
    return text.strip()


def build_strictly() -> str:
    """W=1 and sparse, for each kernel."""
    if not shutil.which("sparse"):
        raise LabError("no sparse: scripts/setup.sh check installs it")
    complaints = []
    specs = [kernels.load_spec(name) for name in (*GUESTS, *ALSO)]
    for spec in specs:
        if spec.name in ALSO and not kernels.at_hand(spec):
            say(f"left out W=1 and sparse for {spec.name}: its kernel is not "
                "in the cache")
            continue
        try:
            modbuild.build(kernels.kernel(spec), True)
        except LabError as error:
            complaints.append(str(error))
    return "\n".join(complaints)


def shellcheck() -> str:
    """The scripts of the host and of the guests."""
    return tool(["shellcheck", "-x", *relative(files("scripts/*.sh"))]) or \
        tool(["shellcheck", "-x", *relative(files(".ci/run"))]) or \
        tool(["shellcheck", "-x", "init", *(
            path.name for path in files("tests/guest/*.sh"))],
            ROOT / "tests" / "guest")


def mypy() -> str:
    """The types of the Python files."""
    return tool(["mypy", "--strict", "--no-error-summary", "--cache-dir",
                 ROOT / "build" / "mypy",
                 *relative(files("scripts/*.py", "tests/host/*.py"))])


def versions() -> str:
    """Differences between kernel versions stand in compat.h alone."""
    found = []
    for path in files("*.c", "*.h", "tests/*.c", "tests/*.h"):
        if path.name == "compat.h":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"LINUX_VERSION_CODE|KERNEL_VERSION\(|"
                         r"linux/version\.h", line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line}")
    return "\n".join(found)


def names() -> str:
    """The README's table of terms names experiments that there are."""
    there = claims.experiments()
    probes = "|".join(sorted(probe for probe in there if there[probe]))
    word = re.compile(rf"\b({probes}) (?=`)|`(\w+)`")
    wrong, probe, named = [], "", 0
    for line in (ROOT / "README.md").read_text().splitlines():
        if not line.startswith("| "):
            continue
        for match in word.finditer(line.rstrip("| ").rpartition("|")[2]):
            probe = match[1] or probe
            if match[2] and match[2] not in there.get(probe, []):
                wrong.append(f"README.md: {probe} has no {match[2]}")
            named += bool(match[2])
    return "\n".join(wrong) if named else "README.md names no experiment"


def programs() -> str:
    """What begins with #! can be called by its name, as the README does."""
    return "\n".join(f"{name}: not executable" for name in relative(
        files("scripts/*.py", "scripts/*.sh", "tests/host/run.py", ".ci/run"))
        if (ROOT / name).read_text().startswith("#!")
        and not os.access(ROOT / name, os.X_OK))


def version() -> str:
    """dkms.conf and the module have one version."""
    found = re.search(r'^MODULE_VERSION\("(.*)"\)',
                      (ROOT / "mm_demo.c").read_text(), re.M)
    there = found[1] if found else "none"
    return "" if there == install.version() else \
        f"mm_demo.c has version {there}, dkms.conf {install.version()}"


def support() -> str:
    """The README's table of support has a row for each guest."""
    rows = re.findall(r"^\| `([\w.-]+)` \|.*\| (\d+) \| \d+ \| \d+ \|$",
                      (ROOT / "README.md").read_text(), re.M)
    listed = {name for name, passed in rows if int(passed)}
    return "\n".join(f"README.md: no result of {name}; renew the table with "
                     "scripts/matrix.py --readme"
                     for name in kernels.spec_names() if name not in listed)


def mutants() -> str:
    """Each mutant changes what it means to, from the oldest tree on."""
    return "\n".join(mutate.complaints([
        kernels.source(package) for package in
        ("linux-source-6.1", "linux-source-6.12", kernels.NEWEST)]))


def mutant_table() -> str:
    """The table of mutants has a row for each that there is, and no other."""
    listed = set(re.findall(r"^\| \[`(\w+)`\]",
                            (mutate.MUTANTS / "README.md").read_text(), re.M))
    return "\n".join(f"tests/mutants/README.md: {name}; renew the table with "
                     "scripts/mutants.py --readme"
                     for name in sorted(listed ^ set(mutate.names())))


def relative(paths: Sequence[Path]) -> list[str]:
    """Paths as the tools shall print them."""
    return [str(path.relative_to(ROOT)) for path in paths]


def main() -> int:
    """The command."""
    checks: dict[str, Callable[[], str]] = {
        "checkpatch --strict": checkpatch,
        "kernel-doc -Wall": kernel_doc,
        "W=1 and sparse": build_strictly,
        "shellcheck": shellcheck,
        "mypy --strict": mypy,
        "versions in compat.h": versions,
        "programs": programs,
        "names in README.md": names,
        "guests in README.md": support,
        "mutants": mutants,
        "mutants in their README": mutant_table,
        "version of dkms.conf": version,
    }
    bad = 0
    for name, check in checks.items():
        complaints = check()
        bad += bool(complaints)
        print(f"{name:24} {'FAILED' if complaints else 'ok'}", flush=True)
        if complaints:
            print(complaints)
    return 1 if bad else 0


if __name__ == "__main__":
    main_wrapper(main)
