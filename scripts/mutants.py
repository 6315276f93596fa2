#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""make mutants: kernels broken on purpose, of which a suite must say so.

Each mutant of tests/mutants/ (see mutate.py) is put into a private copy of the
kernel of one guest, which is rebuilt and booted twice: once for the suites of
this project, once for those that mainline has of mm/. A mutant is caught when
the case of each claim that its file names fails before the kernel dies. One in
a header is compiled into the modules alone; the kernel is then the right one.

The unbroken kernel comes first, and must pass. What a mutant came to is kept
in the cache until the mutant, the modules, the guest or its kernel change, so
that a run which was cut short goes on where it was.

MUTANTS= takes patterns of names, GUESTS= the guest, SAMPLE= a number of mutants
to be drawn, by SEED= if that is given, and tried anew.

    scripts/mutants.py --readme     also renew the tables in the READMEs
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import claims
import console
import guest
import kernels
import ktap
import modbuild
import mutate
import suite
from common import GUEST_FILES, GUEST_SPECS, ROOT, LabError, cache, cached, \
    call, locked, main_wrapper, say, temp_folder

DEFAULT_GUEST = "slub"
# Mainline's suites that are modules, where kbuild puts them.
MAINLINE = ("lib/slub_kunit.ko", "lib/tests/slub_kunit.ko",
            "mm/kfence/kfence_test.ko")
# The kernel as it is.
UNBROKEN = "unbroken"
TABLE = mutate.MUTANTS / "README.md"
# A guest that has not ended by then hangs.
_LIMIT_S = 100
_PRIVATE = ROOT / "scripts" / "private.sh"
# What a kernel that dies or hangs leaves.
_DEATHS = ("panic", "guest")
# How objdump begins a section, or its relocations.
_SECTION = re.compile(r"^(?:Contents of section |RELOCATION RECORDS FOR \[)"
                      r"([^]:\n]+)\]?:\n", re.M)


@dataclass
class Trial:
    """What a set of suites said of a kernel.

    @state is "passed" where no case failed, "failed" where one did, and
    otherwise how the kernel ended before any did: "crashed", "hung", or
    "unbootable" where it did not come as far as the suites.
    """

    state: str
    failed: list[str] = field(default_factory=list)     # "buddy split"
    words: list[str] = field(default_factory=list)      # their verdicts'
    end: str = ""           # how the kernel ended, if not as it should
    complaint: str = ""     # the first line that it complained with
    nr_cases: int = 0


@dataclass
class Finding:
    """What a mutant came to."""

    name: str
    ours: Trial
    mainline: Trial
    seconds: float = 0.0


def verdict(mutant: mutate.Mutant, trial: Trial) -> str:
    """caught, elsewhere, survived, equivalent, or how the kernel ended.

    "elsewhere" is a case that failed and is not of the claim that the mutant's
    file names: the verdict would lead a developer astray.
    """
    named = [" ".join(claim) for claim in mutant.claims]
    if mutant.equivalent and trial.state == "passed":
        return "equivalent"
    if all(name in trial.failed for name in named):
        return "caught"
    if trial.state == "failed":
        return "elsewhere"
    return "survived" if trial.state == "passed" else trial.state


def is_right(mutant: mutate.Mutant, finding: Finding) -> bool:
    """Whether the suites did what is demanded of them."""
    return verdict(mutant, finding.ours) == \
        ("equivalent" if mutant.equivalent else "caught")


# --- the broken kernel ----------------------------------------------------------

@dataclass(frozen=True)
class Workshop:
    """What every mutant of a run is made from: a guest's kernel with suites."""

    spec: kernels.Spec
    build: kernels.Build
    kernel: kernels.Kernel
    ours: Mapping[str, Path]        # modules by name
    mainline: Mapping[str, Path]
    sources: str                    # a digest of what @ours was made from

    @property
    def memory(self) -> Path:
        """Where is kept what came of the mutants of this kernel."""
        return cache() / "mutants" / self.build.folder.name


def set_up(spec: kernels.Spec) -> Workshop:
    """The unbroken kernel of a guest, and the modules for it."""
    if spec.image or spec.is_uml:
        raise LabError(f"{spec.name}: mutants need a guest whose kernel is "
                       "built from source and runs in QEMU")
    build, kernel = kernels.prepare(spec), kernels.built(spec)
    # First: files that are edited meanwhile are not what is tried.
    sources = digest_of(modbuild.sources(ROOT))
    ours = modbuild.build(kernel)
    if "mm_lab_kunit.ko" not in ours:
        raise LabError(f"{spec.name}: its kernel has no KUnit")
    return Workshop(spec, build, kernel, ours, {
        path.name: path for name in MAINLINE
        if (path := kernel.kdir / name).is_file()}, sources)


def with_kernel(shop: Workshop, mutant: mutate.Mutant) -> Workshop:
    """The workshop with the mutant's kernel, which is kept."""
    def make(folder: Path) -> None:
        change = mutate.apply(mutant, shop.build.tree)
        with temp_folder(cache()) as scratch:
            image = _rebuilt(shop, change, scratch)
            built = scratch / "2" / "upper" / change.file
            if built.suffix == ".c":
                _differ(mutant, (built.with_suffix(".o"), (
                    shop.build.objects / change.file).with_suffix(".o")))
            shutil.copy(image, folder / "image")

    entry = shop.memory / f"{mutant.name}-{digest_of([mutant.path], shop)}"
    forget(entry)
    image = cached(entry, f"the kernel of {mutant.name}", make) / "image"
    return replace(shop, kernel=replace(shop.kernel, image=image))


def with_modules(shop: Workshop, mutant: mutate.Mutant,
                 scratch: Path) -> Workshop:
    """The workshop with modules that saw the mutant's header."""
    change = mutate.apply(mutant, shop.build.tree)
    prefix = _in_private(shop, change, scratch)
    ours = modbuild.build_by(prefix, shop.kernel, scratch / "modules")
    _differ(mutant, *((ours[name], shop.ours[name])
                      for name in modbuild.NAMES))
    targets = [str(path.relative_to(shop.kernel.kdir))
               for path in shop.mainline.values()]
    _make(shop, prefix, targets, scratch)
    upper = scratch / "2" / "upper"
    return replace(shop, ours=ours, mainline={
        Path(name).name: upper / name for name in targets})


def _in_private(shop: Workshop, change: mutate.Change,
                scratch: Path) -> list[str | Path]:
    """What runs a command where the tree is broken, for that alone.

    The config is that of the kernel without mm_lab, which kunit.py may have
    added meanwhile.
    """
    changed = scratch / "changed"
    changed.write_text(change.after)
    tree, objects = shop.build.tree, shop.build.objects
    return [_PRIVATE, scratch, tree, objects, "--", *_then(
        (changed, tree / change.file),
        (shop.build.kdir / ".config", objects / ".config"))]


def _then(*copies: tuple[Path, Path]) -> list[str | Path]:
    """A command that makes copies, then becomes the command behind it."""
    text = "".join(f'cp "${2 * n + 1}" "${2 * n + 2}"; '
                   for n in range(len(copies)))
    return ["sh", "-euc", f'{text}shift {2 * len(copies)}; exec "$@"', "sh",
            *(path for copy in copies for path in copy)]


def _make(shop: Workshop, prefix: Sequence[str | Path],
          targets: Sequence[str], scratch: Path) -> None:
    line = [*prefix, *kernels.make_line(shop.spec.arch, shop.spec.llvm), "-s",
            "-C", shop.build.tree, f"O={shop.build.objects}", *targets]
    status, text = call(line, env=kernels.build_env(), timeout=1800,
                        log=scratch / "build.log")
    if status != 0:
        rows = [row for row in text.splitlines() if row.strip()]
        errors = [row for row in rows if "error:" in row] or rows[-4:]
        raise LabError("it does not build: " + " / ".join(errors[:4]))


def _rebuilt(shop: Workshop, change: mutate.Change, scratch: Path) -> Path:
    """The image of the kernel with one file changed."""
    _make(shop, _in_private(shop, change, scratch), [shop.kernel.image.name],
          scratch)
    image = scratch / "2" / "upper" / shop.kernel.image.relative_to(
        shop.build.kdir)
    if not image.is_file():
        raise LabError("kbuild saw nothing to be done")
    return image


def _differ(mutant: mutate.Mutant, *pairs: tuple[Path, Path]) -> None:
    """Raise LabError where the compiler made the same code of it."""
    if all(_code(one) == _code(other) for one, other in pairs):
        raise LabError(f"{mutant.name}: the compiler makes the same code of "
                       "it")


def _code(file: Path) -> list[tuple[str, str]]:
    """What an object does: its code and data, but for tables of lines."""
    status, text = call(["objdump", "-sr", file], timeout=60)
    if status != 0:
        raise LabError(f"objdump: {text.strip()}")
    parts = _SECTION.split(text)
    return [(name, body) for name, body in zip(parts[1::2], parts[2::2])
            if name.startswith((".text", ".data", ".rodata", ".init",
                                ".ref"))]


# --- booting it --------------------------------------------------------------------

def boot(shop: Workshop, name: str, scenario: str,
         modules: Mapping[str, Path], append: str = "") -> guest.Result:
    """Run a scenario, and keep its console."""
    return guest.run(shop.spec, shop.kernel,
                     guest.Job([scenario], modules, append=append,
                               timeout_s=_LIMIT_S),
                     suite.log_of(f"mutants/{name}.{scenario}", "console"))


def try_ours(shop: Workshop, name: str) -> Trial:
    """The suites of this project."""
    result = boot(shop, name, "mutant", shop.ours,
                  f"kunit.filter_glob={suite.SUITES}")
    begun = result.log.partition("mm_lab-guest: mutant")[2]
    trial = judge(result, begun, "mm_lab_")
    if not begun:
        trial.state = "unbootable"
    return trial


def try_mainline(shop: Workshop, name: str) -> Trial:
    """Mainline's suites: the modules, and what ran while the guest booted."""
    result = boot(shop, name, "mainline", shop.mainline)
    return judge(result, result.log, "")


def judge(result: guest.Result, log: str, prefix: str) -> Trial:
    """Read what the suites said, as far as they came."""
    trial = Trial("passed")
    for case in ktap.cases(log):
        if not case.path or not case.path[0].startswith(prefix):
            continue
        trial.nr_cases += 1
        if case.verdict == "FAILED":
            trial.failed.append(label(case))
            trial.words.append(words_of(log, case))
    ends = [fault for fault in result.faults if fault.kind in _DEATHS]
    if ends:
        hung = all("hung" in str(fault) for fault in ends)
        trial.end = "hung" if hung else "crashed"
    others = [fault for fault in result.faults if fault.kind != "guest"]
    if others:
        trial.complaint = next((
            text for line in others[0].lines
            if (text := console.message(line)).strip()
            and "cut here" not in text), "")
    if trial.failed:
        trial.state = "failed"
    elif trial.end:
        trial.state = trial.end
    return trial


def label(case: ktap.Case) -> str:
    """What a case is called: "buddy split", or "slub_kunit/test_clobber"."""
    probe, name = claims.key_of(case)
    if probe == claims.OTHER:
        return name
    return f"{probe} {name}" if "/" not in probe else name


def words_of(log: str, case: ktap.Case) -> str:
    """The reason that a failed experiment gave; KUnit's line has no mark."""
    found = re.search(rf"^(?:\[[^]]*\] *)*{re.escape(case.name)}: (.*)$", log,
                      re.M)
    return found[1].strip() if found else ""


# --- all of them --------------------------------------------------------------------

def digest_of(files: Iterable[Path], shop: Workshop | None = None,
              more: str = "") -> str:
    """A name for what these files say, and for the user's tree."""
    digest = hashlib.sha256(more.encode())
    if shop and (mark := kernels.changed_mark(shop.build.tree)).exists():
        digest.update(str(mark.stat().st_mtime_ns).encode())
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def forget(entry: Path) -> None:
    """Remove what of this kind was kept under this name for other digests."""
    name = entry.name.rpartition("-")[0]
    for old in entry.parent.glob(f"{name}-*{entry.suffix}"):
        if old.suffix != entry.suffix or old == entry:
            continue
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink(missing_ok=True)


class Memory:
    """What is known of the trials of a mutant, or of the unbroken kernel."""

    def __init__(self, shop: Workshop, mutant: mutate.Mutant | None) -> None:
        files = [GUEST_SPECS / f"{shop.spec.name}.ini", GUEST_FILES / "init",
                 GUEST_FILES / "lib.sh", *([mutant.path] if mutant else [])]
        name = mutant.name if mutant else UNBROKEN
        ours = digest_of([*files, GUEST_FILES / "mutant.sh"], shop,
                         shop.sources)
        mainline = digest_of([*files, GUEST_FILES / "mainline.sh"], shop)
        self._paths = {"ours": shop.memory / f"{name}-{ours}.ours",
                       "mainline": shop.memory / f"{name}-{mainline}.mainline"}

    def recall(self, which: str) -> Trial | None:
        """A trial from before; what is drawn by SAMPLE= is tried anew."""
        path = self._paths[which]
        if os.environ.get("SAMPLE") or not path.is_file():
            return None
        return Trial(**json.loads(path.read_text()))

    def keep(self, which: str, trial: Trial) -> Trial:
        """Remember a trial in the place of older ones."""
        path = self._paths[which]
        path.parent.mkdir(parents=True, exist_ok=True)
        forget(path)
        with temp_folder(path.parent) as folder:
            half = folder / "half"
            half.write_text(json.dumps(asdict(trial), indent=1))
            half.rename(path)
        return trial

    def drop(self) -> None:
        """Forget the trials."""
        for path in self._paths.values():
            path.unlink(missing_ok=True)


def carry_out(shop: Workshop, mutant: mutate.Mutant | None) -> Finding:
    """Break the kernel (or not) and boot it, as far as it was not done."""
    start = time.monotonic()
    name = mutant.name if mutant else UNBROKEN
    memory = Memory(shop, mutant)
    ours, theirs = memory.recall("ours"), memory.recall("mainline")
    # Beside the objects: overlayfs wants both on one file system.
    with temp_folder(cache()) as scratch:
        if mutant and not (ours and theirs):
            shop = with_modules(shop, mutant, scratch) if mutant.in_header \
                else with_kernel(shop, mutant)
        ours = ours or memory.keep("ours", try_ours(shop, name))
        theirs = theirs or memory.keep("mainline", try_mainline(shop, name))
    return Finding(name, ours, theirs, time.monotonic() - start)


def check_unbroken(shop: Workshop) -> Finding:
    """The kernel as it is must pass, or what fails on a mutant says nothing."""
    finding = carry_out(shop, None)
    for who, trial, wanted in (
            ("these", finding.ours, True),
            # A guest's kernel need not have them.
            ("mainline's", finding.mainline, bool(shop.mainline))):
        if trial.state != "passed" or wanted and not trial.nr_cases:
            Memory(shop, None).drop()
            raise LabError(f"on the unbroken kernel {who} suites {trial.state}"
                           f", with {trial.nr_cases} cases: "
                           + (", ".join(trial.failed) or trial.complaint))
    return finding


def sample(names: Sequence[str]) -> list[str]:
    """As many as SAMPLE= says, drawn by SEED=; else all."""
    wanted = os.environ.get("SAMPLE", "")
    if not wanted:
        return list(names)
    if not wanted.isdecimal() or not int(wanted):
        raise LabError(f"SAMPLE={wanted}: it is a number of mutants")
    seed = os.environ.get("SEED") or str(random.randrange(1 << 32))
    say(f"{wanted} of {len(names)} mutants, drawn with SEED={seed}")
    return sorted(random.Random(seed).sample(
        list(names), min(int(wanted), len(names))))


def try_all(shop: Workshop, mutants: Sequence[mutate.Mutant],
            report: Callable[[mutate.Mutant, Finding | LabError], None]) \
        -> list[Finding]:
    """Each of the mutants; @report is called for each as it ends."""
    found = []

    def attempt(mutant: mutate.Mutant) -> Finding | LabError:
        try:
            return carry_out(shop, mutant)
        except LabError as error:
            return error

    pool = concurrent.futures.ThreadPoolExecutor(suite.workers())
    try:
        pending = {pool.submit(attempt, mutant): mutant for mutant in mutants}
        for future in concurrent.futures.as_completed(pending):
            result = future.result()
            report(pending[future], result)
            if isinstance(result, Finding):
                found.append(result)
    finally:
        # Not a `with`: after a signal that would wait for every guest.
        pool.shutdown(wait=False, cancel_futures=True)
    return found


# --- what is shown --------------------------------------------------------------------

def in_words(trial: Trial) -> str:
    """What suites that need name no claim came to."""
    if trial.state == "failed":
        return "caught"
    return "survived" if trial.state == "passed" else trial.state


def report_one(mutant: mutate.Mutant, result: Finding | LabError) -> None:
    """A line for a mutant, and below what is to be looked at."""
    if isinstance(result, LabError):
        print(f"{mutant.name:30} cannot be tried\n"
              + textwrap.indent(str(result), "    "), flush=True)
        return
    said = verdict(mutant, result.ours)
    print(f"{mutant.name:30} {said:11} mainline: "
          f"{in_words(result.mainline):11} {result.seconds:5.0f} s")
    show = [f"{label}: {words}" for label, words in
            zip(result.ours.failed, result.ours.words)]
    if not is_right(mutant, result):
        show.insert(0, "expected to fail: " + ", ".join(
            map(" ".join, mutant.claims)))
        show += [text for text in (result.ours.end, result.ours.complaint)
                 if text]
    for text in show:
        print(textwrap.fill(text, 99, initial_indent="    ",
                            subsequent_indent="      ",
                            break_on_hyphens=False))
    print(end="", flush=True)


def summary(shop: Workshop,
            rows: Iterable[tuple[mutate.Mutant, Finding]]) -> str:
    """The README's table: by file, who caught how many."""
    groups: dict[str, list[tuple[mutate.Mutant, Finding]]] = {}
    for mutant, finding in rows:
        file = mutate.locate(mutant, shop.build.tree)[0]
        if not mutant.equivalent:
            groups.setdefault(file, []).append((mutant, finding))
            groups.setdefault("**all**", []).append((mutant, finding))
    lines = ["| broken file | mutants | caught by mm_lab | by mainline's "
             "suites | mainline's crashed or hung |",
             "|---|---|---|---|---|"]
    for file in sorted(groups, key=lambda file: (file == "**all**", file)):
        group = groups[file]
        ours = sum(is_right(*pair) for pair in group)
        theirs = [in_words(finding.mainline) for _, finding in group]
        lines.append(f"| {file} | {len(group)} | {ours} | "
                     f"{theirs.count('caught')} | "
                     f"{theirs.count('crashed') + theirs.count('hung')} |")
    return "\n".join(lines) + "\n"


def details(shop: Workshop, rows: Iterable[
        tuple[mutate.Mutant, Finding | None]]) -> str:
    """The table of all mutants; some are not for this kernel."""
    lines = ["| mutant | broken function | claim | mm_lab | mainline's suites "
             "|", "|---|---|---|---|---|"]
    for mutant, finding in rows:
        file, function = mutant.files[0], mutant.functions[0]
        ours = theirs = "other kernels"
        if finding:
            file, function, _ = mutate.locate(mutant, shop.build.tree)
            ours = verdict(mutant, finding.ours)
            theirs = ": ".join(filter(None, (
                in_words(finding.mainline),
                ", ".join(finding.mainline.failed))))
        lines.append(
            f"| [`{mutant.name}`]({mutant.path.name}) | {file}: "
            f"{function} | {', '.join(map(' '.join, mutant.claims))}"
            f" | {ours} | {theirs} |")
    return "\n".join(lines) + "\n"


def renew(path: Path, table: str) -> None:
    """Put a table into a README."""
    text, count = re.subn(
        r"(?<=<!-- mutants -->\n).*?(?=<!-- end of mutants -->)",
        lambda _: table, path.read_text(), flags=re.S)
    if count != 1:
        raise LabError(f"{path.relative_to(ROOT)} has no place for the table")
    path.write_text(text)


def renew_readmes(shop: Workshop, there: Sequence[mutate.Mutant],
                  found: Sequence[Finding]) -> None:
    """Both tables, of a run of all mutants that this kernel can have."""
    by_name = {finding.name: finding for finding in found}
    version = kernels.tree_version(shop.build.tree)
    every = [mutate.load(name) for name in mutate.names()]
    if {one.name for one in every if one.holds_in(version)} != set(by_name):
        raise LabError("the tables are made from a run of all mutants")
    renew(ROOT / "README.md", summary(shop, (
        (mutant, by_name[mutant.name]) for mutant in there)))
    renew(TABLE, details(shop, (
        (mutant, by_name.get(mutant.name)) for mutant in every)))


# --- the command ------------------------------------------------------------------------

def chosen_guest() -> kernels.Spec:
    """The one guest of GUESTS=."""
    names = suite.words("GUESTS") or [DEFAULT_GUEST]
    if len(names) != 1:
        raise LabError("mutants run in one guest: GUESTS=" + names[0])
    return kernels.load_spec(names[0])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="broken kernels, caught")
    parser.add_argument("--readme", action="store_true",
                        help="renew the tables in the READMEs")
    args = parser.parse_args()
    mutants = [mutate.load(name) for name in
               sample(mutate.names(suite.words("MUTANTS")))]
    shop = set_up(chosen_guest())
    version = kernels.tree_version(shop.build.tree)
    total = ktap.Counts()

    def report(mutant: mutate.Mutant, result: Finding | LabError) -> None:
        report_one(mutant, result)
        right = isinstance(result, Finding) and is_right(mutant, result)
        total.add("passed" if right else "FAILED")

    start = time.monotonic()
    # Whoever changes the tree or the objects has to wait.
    with locked(shop.build.tree, "lib/mm_lab in the private tree",
                shared=True):
        unbroken = check_unbroken(shop)
        print(f"{UNBROKEN:30} passed      {unbroken.ours.nr_cases} cases of "
              f"mm_lab, {unbroken.mainline.nr_cases} of mainline", flush=True)
        total.passed += 1
        there = [mutant for mutant in mutants if mutant.holds_in(version)]
        for mutant in mutants:
            if mutant not in there:
                print(f"{mutant.name:30} skipped     {version[0]}.{version[1]}"
                      " has nothing like it")
                total.skipped += 1
        found = try_all(shop, there, report)
    if args.readme:
        renew_readmes(shop, there, found)
    return suite.conclude(start, total)


if __name__ == "__main__":
    main_wrapper(main)
