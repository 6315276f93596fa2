#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Boots a guest, runs scripts in it and brings back what they said.

The first serial port is the kernel's console and goes to a log; the second
carries the results, as described in tests/guest/init. A guest has ended well
when its last line came, in time, and the kernel complained of nothing that was
not announced.

As a command, to try something on a real kernel:

    scripts/guest.py run stock-6.12 --ko mm_lab.ko --script try.sh
    scripts/guest.py run slub --ko 'mm_lab.ko budget_mb=8' -c 'dmesg'
    scripts/guest.py list | image GUEST | kdir GUEST | shell [GUEST]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import accel
import apt
import console
import kernels
import modbuild
from common import (GUEST_FILES, LabError, cache, cached, call,
                    check_stopping, main_wrapper, reap, say, spawn,
                    temp_folder)
from initramfs import Initramfs


@dataclass(frozen=True)
class Arch:
    """What differs between the architectures that guests have."""

    qemu: str
    package: str                # Debian's, of QEMU
    console: str                # the kernel's console
    data: str                   # the port for results
    machine: tuple[str, ...] = ()
    # How the second port is attached; the first is always QEMU's first.
    data_device: tuple[str, ...] = ("-serial", "chardev:data")
    cflags: tuple[str, ...] = ()


_PC = Arch("qemu-system-x86_64", "qemu-system-x86", "ttyS0", "ttyS1",
           ("-bios", "qboot.rom"))
_ARCHS = {
    "x86_64": _PC,
    # The kernel's headers are there for the machine's own word size only.
    "i386": replace(_PC, qemu="qemu-system-i386", cflags=(
        "-m32", "-idirafter", "/usr/include/x86_64-linux-gnu")),
    # Its board has one port for the kernel only.
    "arm64": Arch("qemu-system-aarch64", "qemu-system-arm", "ttyAMA0", "ttyS0",
                  data_device=("-device", "pci-serial,chardev=data")),
}
_BUSYBOX = Path("/bin/busybox")
# Suites run as they are loaded, which newer kernels do if asked to. Kernels
# that do not know the parameter ignore it.
KUNIT_ARGS = "kunit.autorun=1"


@dataclass
class Section:
    """What one scenario, or a part of it, put on the data channel."""

    name: str
    lines: list[str] = field(default_factory=list)
    status: int | None = None   # None: it did not come to its end
    outer: str = ""             # the section that it lies in

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(line + "\n" for line in self.lines)


@dataclass
class Result:
    """How a guest ended and what it brought."""

    sections: list[Section]
    log: str
    faults: list[console.Report]
    seconds: float

    def section(self, name: str) -> Section | None:
        """The section of a name, if it came."""
        return next((s for s in self.sections if s.name == name), None)


@dataclass
class Job:
    """What a guest is booted for."""

    scenarios: Sequence[str]
    modules: Mapping[str, Path] = field(default_factory=dict)
    extra: Mapping[str, bytes] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    append: str = ""
    timeout_s: float | None = None
    on_text: Callable[[str], None] | None = None


def parse_data(text: str) -> tuple[list[Section], bool]:
    """Split the data channel; the flag tells whether its last line came.

    Sections may lie in one another: a line belongs to the innermost.
    """
    sections: list[Section] = []
    stack: list[Section] = []
    done = False
    for line in text.replace("\r", "").split("\n"):
        if begin := re.fullmatch(r"@@ begin (\S+)", line):
            stack.append(Section(begin[1],
                                 outer=stack[-1].name if stack else ""))
            sections.append(stack[-1])
        elif end := re.fullmatch(r"@@ end (\S+) (\d+)", line):
            while stack and stack[-1].name != end[1]:
                stack.pop()
            if stack:
                stack.pop().status = int(end[2])
        elif line == "@@ done":
            done = True
        elif stack:
            stack[-1].lines.append(line)
    for section in sections:
        # What stands after the last newline is no line.
        while section.lines and not section.lines[-1]:
            section.lines.pop()
    return sections, done


# --- what goes into a guest --------------------------------------------------

def helper_programs(arch: str) -> dict[str, Path]:
    """The C programs of tests/guest, each a static file, by name."""
    sources = sorted(GUEST_FILES.glob("*.c"))
    if not sources:
        return {}
    digest = hashlib.sha256(arch.encode())
    for path in sources:
        digest.update(path.name.encode() + path.read_bytes())
    entry = cached(cache() / "helpers" / digest.hexdigest()[:16],
                   "the guest's programs",
                   lambda folder: _compile(sources, arch, folder))
    return {path.stem: entry / path.stem for path in sources}


def _compile(sources: Sequence[Path], arch: str, folder: Path) -> None:
    compiler = kernels.cross_prefix(arch) + "gcc"
    for path in sources:
        status, text = call([compiler, "-static", "-Wall", "-Wextra",
                             "-Werror", "-pthread", "-O2",
                             *_ARCHS[arch].cflags,
                             "-o", folder / path.stem, path], timeout=120)
        if status != 0:
            raise LabError(f"{path.name} does not compile:\n{text}")


def busybox(arch: str) -> Path:
    """A static busybox that runs on the guest's kernel."""
    if arch != "x86_64":
        return apt.foreign_busybox(arch)
    if not _BUSYBOX.is_file():
        raise LabError("no /bin/busybox: install busybox-static "
                       "(scripts/setup.sh does)")
    return _BUSYBOX


def pack(spec: kernels.Spec, job: Job, data_port: str, path: Path) -> None:
    """Write the initramfs of a job."""
    root = Initramfs()
    root.node("dev/console", 5, 1)
    root.node("dev/null", 1, 3)
    root.file("bin/busybox", busybox(spec.arch), 0o755)
    root.file("init", GUEST_FILES / "init", 0o755)
    for script in sorted(GUEST_FILES.glob("*.sh")):
        root.file(f"tests/{script.name}", script)
    for name, program in helper_programs(spec.arch).items():
        root.file(f"bin/{name}", program, 0o755)
    for name, module in job.modules.items():
        root.file(f"modules/{name}", module)
    for name, body in job.extra.items():
        root.data(name, body)
    settings = {"DATA": f"/dev/{data_port}" if data_port else "",
                "SCENARIOS": " ".join(job.scenarios), **job.settings}
    root.data("job", "".join(f"export {key}={shlex.quote(value)}\n"
                             for key, value in settings.items()).encode())
    root.write(path)


# --- running it --------------------------------------------------------------

def qemu_of(spec: kernels.Spec) -> str:
    """QEMU's name for the guest's architecture."""
    arch = _ARCHS[spec.arch]
    if not shutil.which(arch.qemu):
        raise LabError(f"no {arch.qemu}: install {arch.package} "
                       "(scripts/setup.sh does)")
    return arch.qemu


def command(spec: kernels.Spec, kernel: kernels.Kernel, accelerator: str,
            initrd: Path, append: str) -> list[str]:
    """QEMU's command line but for the serial ports."""
    line = f"console={_ARCHS[spec.arch].console} panic=-1 oops=panic " \
           f"{KUNIT_ARGS} {spec.append} {append}"
    return [qemu_of(spec), "-nodefaults", "-no-user-config", "-no-reboot",
            *_ARCHS[spec.arch].machine, *accel.options(accelerator),
            "-m", str(spec.memory_mb), "-smp", spec.cpus,
            *shlex.split(spec.qemu),
            "-kernel", str(kernel.image), "-initrd", str(initrd),
            "-append", " ".join(line.split())]


def accelerator_for(spec: kernels.Spec, kernel: kernels.Kernel) -> str:
    """What to run the guest with: see accel.choose()."""
    if spec.arch not in ("x86_64", "i386"):
        return "tcg"

    def boots(name: str, limit: float) -> bool:
        # The kernel's own word ends it, so that a hang costs the limit only.
        job = Job(scenarios=["nothing"], timeout_s=limit,
                  extra={"tests/nothing.sh": b"exit 0\n"})
        result = _boot(spec, kernel, name, job, None)
        return not any(f.kind == "guest" for f in result.faults)

    return accel.choose(qemu_of(spec), boots)


def run(spec: kernels.Spec, kernel: kernels.Kernel, job: Job,
        log: Path | None = None) -> Result:
    """Boot the guest, run the job to its end or its time limit.

    A guest that hangs, dies or ends early has a fault of kind "guest". The
    console is kept in @log.
    """
    return _boot(spec, kernel, accelerator_for(spec, kernel), job, log)


def _boot(spec: kernels.Spec, kernel: kernels.Kernel, accelerator: str,
          job: Job, log: Path | None) -> Result:
    start = time.monotonic()
    limit = job.timeout_s or spec.timeout_s
    with temp_folder() as folder:
        pack(spec, job, _ARCHS[spec.arch].data, folder / "initrd")
        data, con = folder / "data", log or folder / "console"
        con.parent.mkdir(parents=True, exist_ok=True)
        data.touch()
        line = [*command(spec, kernel, accelerator, folder / "initrd",
                         job.append),
                "-display", "none",
                "-chardev", f"file,id=con,path={_escape(con)}",
                "-serial", "chardev:con",
                "-chardev", f"file,id=data,path={_escape(data)}",
                *_ARCHS[spec.arch].data_device]
        errors = folder / "qemu"
        with open(errors, "wb") as out:
            child = spawn(line, stdout=out, stderr=out)
        try:
            in_time = _wait(child, data, start + limit, job.on_text)
        finally:
            reap(child)
        # A guest that was ended with the script has not ended by itself.
        check_stopping()
        sections, done = parse_data(data.read_text(errors="replace"))
        text = con.read_text(errors="replace") if con.exists() else ""
        complaint = errors.read_text(errors="replace").strip()
    faults = console.scan(text, spec.known)[0]
    if not done:
        faults.append(_how_it_ended(in_time, limit, text, complaint,
                                    child.returncode))
    return Result(sections, text, faults, time.monotonic() - start)


def _escape(path: Path) -> str:
    return str(path).replace(",", ",,")


def _wait(child: subprocess.Popen[bytes], data: Path, deadline: float,
          on_text: Callable[[str], None] | None) -> bool:
    """Wait for the guest, handing on its data; False when time ran out."""
    with open(data, encoding="utf-8", errors="replace") as channel:
        while True:
            try:
                child.wait(timeout=0.05)
                ended = True
            except subprocess.TimeoutExpired:
                ended = False
            if on_text and (text := channel.read()):
                on_text(text)
            if ended:
                return True
            if time.monotonic() > deadline:
                return False


def _how_it_ended(in_time: bool, limit: float, text: str, complaint: str,
                  status: int | None) -> console.Report:
    if complaint and not text:
        return console.Report("guest", [f"QEMU: {complaint}"])
    what = (f"the guest ended early (QEMU's status {status})" if in_time else
            f"the guest hung: stopped after {limit:.0f} s")
    last = [line for line in text.splitlines() if line.strip()][-15:]
    return console.Report("guest", [f"{what}; the console's last lines:",
                                    *last])


# --- the command -------------------------------------------------------------

def _run_command(args: argparse.Namespace) -> int:
    spec = kernels.load_spec(args.guest)
    kernel = kernels.kernel(spec)
    modules, lines = {}, ["#!/bin/sh\n"]
    for text in args.ko:
        file, *params = shlex.split(text)
        path = Path(file)
        if not path.is_file():
            raise LabError(f"{file}: no such module")
        modules[path.name] = path
        if not args.no_load:
            lines.append(f"insmod /modules/{path.name} "
                         f"{' '.join(map(shlex.quote, params))} || exit\n")
    lines += [Path(name).read_text() + "\n" for name in args.script]
    lines += [text + "\n" for text in args.command]

    def show(text: str) -> None:
        sys.stdout.write(re.sub(r"^@@ (?:begin|end|done).*\n", "",
                                text.replace("\r", ""), flags=re.M))
        sys.stdout.flush()

    result = run(spec, kernel, Job(
        scenarios=["adhoc"], modules=modules, append=args.append,
        timeout_s=args.timeout, on_text=show,
        extra={"tests/adhoc.sh": "".join(lines).encode()}),
        log=Path(args.log) if args.log else None)
    if args.console:
        print(result.log, end="")
    for fault in result.faults:
        print(f"--- {fault.kind}\n{fault}", file=sys.stderr)
    section = result.section("adhoc")
    status = section.status if section else None
    say(f"{kernel.name}: status {status}, {len(result.faults)} complaints, "
        f"{result.seconds:.1f} s")
    return 1 if result.faults or status is None else status


def _shell_command(args: argparse.Namespace) -> int:
    """A prompt in a guest, on this terminal."""
    spec = kernels.load_spec(args.guest or
                             f"stock-{os.environ.get('KERNEL') or '6.12'}")
    kernel = kernels.kernel(spec)
    modules = modbuild.build(kernel)
    accelerator = accelerator_for(spec, kernel)
    say(f"booting {kernel.name}; Ctrl-A x ends it")
    with temp_folder() as folder:
        pack(spec, Job(["shell"], modules), "", folder / "initrd")
        line = command(spec, kernel, accelerator, folder / "initrd", "quiet")
        errors = folder / "qemu"
        with open(errors, "wb") as out:
            child = spawn([*line, "-nographic", "-serial", "mon:stdio"],
                          stdin=None, stderr=out, foreground=True)
        try:
            status = child.wait()
        finally:
            reap(child)
            if sys.stdin.isatty():
                subprocess.call(["stty", "sane"])
        if status != 0:
            raise LabError(f"QEMU: {errors.read_text().strip()}")
        return status


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="boots guests")
    commands = parser.add_subparsers(dest="what", required=True)
    commands.add_parser("list", help="the guests that there are")
    for name, text in (("image", "print the path of the kernel image"),
                       ("kdir", "print what to build modules against")):
        commands.add_parser(name, help=text).add_argument("guest")
    commands.add_parser("shell", help="a prompt, the module loaded"
                        ).add_argument("guest", nargs="?")
    go = commands.add_parser("run", help="run something in a guest")
    go.add_argument("guest")
    go.add_argument("--ko", action="append", default=[],
                    help="module to load, with its parameters")
    go.add_argument("--no-load", action="store_true",
                    help="put the modules into /modules and load none")
    go.add_argument("--script", action="append", default=[],
                    help="file that the guest's shell runs")
    go.add_argument("-c", "--command", action="append", default=[],
                    help="text that the guest's shell runs")
    go.add_argument("--append", default="", help="for the kernel's command "
                    "line")
    go.add_argument("--timeout", type=float, help="seconds")
    go.add_argument("--log", help="where to keep the console")
    go.add_argument("--console", action="store_true",
                    help="print the console too")
    args = parser.parse_args()
    if args.what == "list":
        for name in kernels.spec_names():
            print(f"{name:14} {kernels.load_spec(name).title}")
        return 0
    if args.what in ("run", "shell"):
        return {"run": _run_command, "shell": _shell_command}[args.what](args)
    kernel = kernels.kernel(kernels.load_spec(args.guest))
    print(kernel.image if args.what == "image" else kernel.kdir)
    return 0


if __name__ == "__main__":
    main_wrapper(main)
