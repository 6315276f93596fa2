#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make test: every suite, in every guest, summed up in one line.

The files under tests/kernels/ say which scenarios run in which boot of which
guest; beside those there are the suites built into the kernel, by kunit.py
run, and the tests of these scripts. All of it is read by kunit.py's parser and
by nothing else. GUESTS= takes a list of guests, ONLY= a list of words of which
a run's name must have one.
"""

from __future__ import annotations

import concurrent.futures
import fnmatch
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import accel
import console
import guest
import install
import kernels
import ktap
import modbuild
from common import ROOT, LabError, call, locked, main_wrapper, say, \
    temp_folder

LOGS = ROOT / "build" / "logs"
# Guests that make test boots; the others are make matrix's.
DEFAULT = ("slub", "stock-6.12", "stock-6.1")
# A guest that prints its suites to the console and not to the data channel.
_ON_CONSOLE = "suites"
# In the place of a scenario: the suites in the kernel itself, by kunit.py run.
BUILT_IN = "built-in"
# The suites of this project; a guest's kernel may have mainline's too.
SUITES = "mm_lab*"
# And the ways that the module gets onto a machine.
INSTALL = "install"


@dataclass
class Outcome:
    """What a run came to."""

    name: str
    counts: ktap.Counts = field(default_factory=ktap.Counts)
    complaints: list[str] = field(default_factory=list)
    cases: list[ktap.Case] = field(default_factory=list)
    seconds: float = 0.0

    def fail(self, complaint: str) -> None:
        """Count a failure that no test case stands for."""
        self.counts.failed += 1
        self.complaints.append(complaint)

    def take(self, document: str, text: str, kunits: Sequence[Path]) -> None:
        """Read a document of results."""
        reading = ktap.read(text, kunits)
        self.counts += reading.counts
        self.cases += ktap.cases(text)
        if reading.complaints:
            self.complaints += [f"{document}:", *reading.complaints]
        for contradiction in ktap.contradictions(text):
            self.fail(f"{document}: {contradiction}")

    def take_faults(self, faults: Sequence[console.Report]) -> None:
        """Each complaint of the kernel is a failure."""
        for fault in faults:
            self.fail(f"the kernel's complaint ({fault.kind}):\n{fault}")


@dataclass(frozen=True)
class Run:
    """Something to be done, by the name that it is reported under."""

    name: str
    go: Callable[[Outcome], None]


# --- the kinds of run ----------------------------------------------------------

def guest_run(name: str, spec: kernels.Spec, scenarios: list[str],
              kunits: Sequence[Path]) -> Run:
    """Scenarios in one boot of a guest."""
    def go(outcome: Outcome) -> None:
        kernel = kernels.kernel(spec)
        modules = modbuild.build(kernel)
        result = guest.run(spec, kernel, guest.Job(scenarios, modules),
                           log_of(name, "console"))
        outcome.take_faults(result.faults)
        for scenario in scenarios:
            take_scenario(outcome, result, scenario, kunits)

    return Run(name, go)


def take_scenario(outcome: Outcome, result: guest.Result, scenario: str,
                  kunits: Sequence[Path]) -> None:
    """Count the documents of a scenario; it must have brought one."""
    parts = parts_of(result, scenario)
    if not parts:
        outcome.fail(f"{scenario}: it did not run")
        return
    if scenario == _ON_CONSOLE:
        before, _, text = result.log.rpartition(f"mm_lab-guest: {scenario}")
        documents = {scenario: with_skips(with_head(text, before))}
    else:
        documents = {part.name: part.text for part in parts
                     if part.text.startswith("KTAP version")}
    if not documents:
        outcome.fail(f"{scenario}: it brought no result:\n{parts[0].text}")
    failed = outcome.counts.failed
    for document, text in documents.items():
        log_of(outcome.name, document + ".ktap").write_text(text)
        outcome.take(document, text, kunits)
    for part in parts:
        if part.status != 0 and outcome.counts.failed == failed:
            outcome.fail(f"{part.name}: ended with status {part.status}:\n"
                         + "\n".join(part.lines[-15:]))


def with_head(text: str, before: str = "") -> str:
    """A console with the suites of a module, and KTAP's head before them.

    Up to 6.3 KUnit prints it for suites in the kernel only, and goes on with
    the numbers of those that the boot had printed @before. The plan is what
    the sources declare, so that a suite that did not run is missed.
    """
    begin = re.search(r"^(\[[^]]*\] )?( *)KTAP version 1$", text, re.M)
    if not begin or not begin[2]:
        return text
    suites = sum(len(found.split(",")) for path in ROOT.glob(
        "tests/*_kunit.c") for found in re.findall(
            r"^kunit_test_suites?\((.*)\);", path.read_text(), re.M))
    result = r"^((?:\[[^]]*\] )?(?:not )?ok )(\d+)\b"
    gone = len(re.findall(result, before, re.M))
    rows = re.sub(result, lambda row: f"{row[1]}{int(row[2]) - gone}",
                  text[begin.start():], flags=re.M)
    stamp = begin[1] or ""
    return text[:begin.start()] + f"{stamp}KTAP version 1\n" \
        f"{stamp}1..{suites}\n" + rows


def with_skips(text: str) -> str:
    """A console with a directive at each parameter that was skipped.

    KUnit of 6.1 leaves it away, and the parameter would count as passed. The
    suites' own line before it tells.
    """
    return re.sub(r"(: skipped: (.*)\n(?:\[[^]]*\] )? *ok \d+ [^#\n]*?)\n",
                  r"\1 # SKIP \2\n", text)


def parts_of(result: guest.Result, scenario: str) -> list[guest.Section]:
    """The scenario's section with those that lie in it."""
    names = [section.name for section in result.sections]
    if scenario not in names:
        return []
    start = names.index(scenario)
    return result.sections[start:start + 1] + [
        section for section in result.sections[start + 1:]
        if section.outer == scenario]


def builtin_run(name: str, spec: kernels.Spec,
                kunits: Sequence[Path]) -> Run:
    """The suites built into the guest's kernel, by kunit.py run."""
    def go(outcome: Outcome) -> None:
        build = kernels.build_of(spec) if spec.is_uml \
            else kernels.prepare(spec)
        build.folder.mkdir(parents=True, exist_ok=True)
        with locked(build.tree, "lib/mm_lab in the private tree"):
            said, result, text = kunit_run(name, spec, build)
        outcome.take(name, with_skips(text), kunits)
        counts = outcome.counts
        seen = ktap.judge(said, result)
        if seen.counts.total != counts.total or \
                seen.counts.failed and not counts.failed:
            outcome.fail("\n".join([f"kunit.py run: {seen.counts}",
                                    *seen.complaints]))
        outcome.take_faults(console.scan(text, spec.known)[0])

    return Run(name, go)


def kunit_run(name: str, spec: kernels.Spec,
              build: kernels.Build) -> tuple[str, str, str]:
    """Place the project, build and run; what was said, the JSON, the log."""
    status, text = call([ROOT / "scripts" / "place.sh", build.tree])
    if status != 0:
        raise LabError(text.strip().removeprefix("mm_lab: "))
    result = log_of(name, "json")
    console_log = build.objects / "test.log"
    for old in (result, console_log):
        old.unlink(missing_ok=True)
    say(f"kunit.py run --arch {spec.arch} (log: "
        f"{os.path.relpath(log_of(name, 'log'))})")
    with temp_folder() as shims:
        env = kernels.build_env()
        env["PATH"] = f"{shims}:{env['PATH']}"
        _, said = call(
            ["python3", build.tree / kernels.KUNIT, "run", SUITES,
             "--arch", spec.arch,
             "--build_dir", build.objects, "--kunitconfig", "lib/mm_lab",
             "--timeout", str(spec.timeout_s), f"--json={result}",
             *(f"--kernel_args={word}" for word in
               shlex.split(f"{guest.KUNIT_ARGS} {spec.append}")),
             *([] if spec.is_uml else in_qemu(spec, build, shims))],
            cwd=build.tree, env=env, timeout=3600, log=log_of(name, "log"))
    if not console_log.is_file():
        raise LabError(f"kunit.py run: the kernel was not run:\n{said}")
    text = console_log.read_text(errors="replace")
    log_of(name, "console").write_text(text)
    return said, result.read_text() if result.is_file() else "", text


def in_qemu(spec: kernels.Spec, build: kernels.Build,
            shims: Path) -> list[str]:
    """kunit.py's options for the guest's machine.

    Newer ones ask QEMU for KVM first, which may be there and hang. Found in
    the path before QEMU, a script of its name leaves the accelerator to us.
    """
    accelerator = guest.accelerator_for(spec, kernels.built(spec))
    name = guest.qemu_of(spec)
    shim = shims / name
    shim.write_text(f"""#!/bin/sh
skip=
for arg; do
	shift
	case $skip:$arg in
	yes:*) skip= ;;
	:-accel) skip=yes ;;
	*) set -- "$@" "$arg" ;;
	esac
done
exec {shutil.which(name)} {shlex.join(accel.options(accelerator))} "$@"
""")
    shim.chmod(0o755)
    machine = f"-m {spec.memory_mb} -smp {spec.cpus} {spec.qemu}"
    prefix = kernels.cross_prefix(spec.arch)
    return ["--kunitconfig", str(build.kunitconfig),
            f"--qemu_args={' '.join(machine.split())}",
            *([f"--cross_compile={prefix}"] if prefix else [])]


def install_run(name: str, spec: kernels.Spec, kunits: Sequence[Path]) -> Run:
    """DKMS, make install and signatures, for a stock kernel's headers."""
    def go(outcome: Outcome) -> None:
        text = install.prove(spec)
        log_of(name, "ktap").write_text(text)
        outcome.take(name, text, kunits)

    return Run(name, go)


def host_run(name: str, kunits: Sequence[Path]) -> Run:
    """The tests of the scripts themselves."""
    def go(outcome: Outcome) -> None:
        status, text = call([sys.executable, ROOT / "tests/host/run.py"],
                            timeout=120, log=log_of(name, "ktap"))
        outcome.take(name, text, kunits)
        if status != 0 and not outcome.counts.failed:
            outcome.fail(f"tests/host/run.py: status {status}:\n{text}")

    return Run(name, go)


def log_of(name: str, what: str) -> Path:
    """Where a run keeps its console, its documents and so on."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{name.replace('/', '.')}.{what}"


# --- all of them ----------------------------------------------------------------

def runs_of(spec: kernels.Spec, kunits: Sequence[Path]) -> list[Run]:
    """What a guest's file lists."""
    kinds = {BUILT_IN: builtin_run, INSTALL: install_run}
    return [kinds[scenarios[0]](f"{spec.name}/{name}", spec, kunits)
            if scenarios[0] in kinds else
            guest_run(f"{spec.name}/{name}", spec, scenarios, kunits)
            for name, scenarios in spec.runs.items()]


def plan(guests: Sequence[str], only: Sequence[str],
         kunits: Sequence[Path]) -> list[Run]:
    """The runs that were asked for, the longest first."""
    runs = [run for name in guests
            for run in runs_of(kernels.load_spec(name), kunits)]
    runs.append(host_run("host", kunits))
    if only:
        runs = [run for run in runs
                if any(word in run.name or fnmatch.fnmatch(run.name, word)
                       for word in only)]
    if not runs:
        raise LabError("GUESTS= and ONLY= leave nothing to run")
    return runs


def carry_out(run: Run) -> Outcome:
    """Do a run; whatever keeps it from its end is a failure of its own."""
    outcome = Outcome(run.name)
    start = time.monotonic()
    try:
        run.go(outcome)
    except LabError as error:
        outcome.fail(str(error))
    outcome.seconds = time.monotonic() - start
    return outcome


def report(outcome: Outcome) -> None:
    """A line for a run, and its failures below."""
    print(f"{outcome.name:26} {str(outcome.counts):42} "
          f"{outcome.seconds:6.1f} s")
    for complaint in outcome.complaints:
        for line in complaint.splitlines():
            print(f"    {line}")
    sys.stdout.flush()


def make_ready(spec: kernels.Spec) -> None:
    """Download and build what the runs of a guest need.

    kunit.py builds a kernel for user mode by itself.
    """
    if spec.is_uml:
        kernels.tree_of(spec)
        return
    modbuild.build(kernels.kernel(spec))


def readers() -> list[Path]:
    """The kunit.py's that every document is read with."""
    return [kernels.source(package) / kernels.KUNIT
            for package in ("linux-source-6.12", kernels.NEWEST)]


def workers() -> int:
    """How many runs go on at once."""
    return max(1, min(os.cpu_count() or 1, 4))


def conclude(start: float, total: ktap.Counts) -> int:
    """The last lines of it all; returns the exit status."""
    say(f"{time.monotonic() - start:.0f} s; logs and documents are in "
        f"{os.path.relpath(LOGS)}")
    print(total)
    return 1 if total.failed or not total.passed else 0


def words(name: str) -> list[str]:
    """A list in the environment, by blanks or commas."""
    return shlex.split(os.environ.get(name, "").replace(",", " "))


def main() -> int:
    """The command."""
    guests = words("GUESTS") or DEFAULT
    for name in guests:
        make_ready(kernels.load_spec(name))
    kunits = readers()
    runs = plan(guests, words("ONLY"), kunits)
    total = ktap.Counts()
    start = time.monotonic()
    pool = concurrent.futures.ThreadPoolExecutor(workers())
    try:
        pending = [pool.submit(carry_out, run) for run in runs]
        for future in concurrent.futures.as_completed(pending):
            outcome = future.result()
            report(outcome)
            total += outcome.counts
    finally:
        # Not a `with`: after a signal that would wait for every guest.
        pool.shutdown(wait=False, cancel_futures=True)
    return conclude(start, total)


if __name__ == "__main__":
    main_wrapper(main)
