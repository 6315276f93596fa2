#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Proves that the module gets onto a machine: by DKMS, by make install, signed.

All of it in a temporary folder, against the headers of a stock kernel, with
Debian's own tools; nothing of this machine is changed. What was installed is
then loaded in the guest. Prints KTAP.

    scripts/install.py GUEST
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import guest
import kernels
from common import ROOT, LabError, call, main_wrapper, temp_folder

MODULE = "mm_lab"


@dataclass
class Steps:
    """Steps as test cases; those after a failure are not tried."""

    name: str
    lines: list[str] = field(default_factory=list)
    failed: bool = False
    count: int = 0

    def step(self, name: str, do: Callable[[], str]) -> None:
        """A step: @do returns what is wrong, or nothing."""
        self.count += 1
        if self.failed:
            self.lines.append(f"    not ok {self.count} {name}")
            return
        try:
            wrong = do()
        except (LabError, OSError) as error:
            wrong = str(error)
        self.lines += [f"    # {line}" for line in wrong.splitlines()]
        self.lines.append(f"    {'not ' if wrong else ''}ok {self.count} "
                          f"{name}")
        self.failed = bool(wrong)

    def ktap(self) -> str:
        """The document."""
        return "\n".join([
            "KTAP version 1", "1..1", "    KTAP version 1",
            f"    # Subtest: {self.name}", f"    1..{self.count}",
            *self.lines, f"{'not ' if self.failed else ''}ok 1 {self.name}",
            ""])


def version() -> str:
    """The version that dkms.conf names."""
    found = re.search(r'^PACKAGE_VERSION="(.*)"$',
                      (ROOT / "dkms.conf").read_text(), re.M)
    if not found:
        raise LabError("dkms.conf names no PACKAGE_VERSION")
    return found[1]


def parameters() -> set[str]:
    """The module's parameters, as the sources declare them."""
    return {name for path in ROOT.glob("*.c") for name in
            re.findall(r"^module_param\((\w+),", path.read_text(), re.M)}


def said(line: Sequence[str | Path], cwd: Path | None = None) -> str:
    """Run a command; what it said where it failed, else nothing."""
    status, text = call(line, cwd=cwd, env=kernels.build_env(), timeout=300)
    return text.strip() or f"status {status}" if status else ""


class Installation:
    """A machine's folders, in a temporary one."""

    def __init__(self, folder: Path, kernel: kernels.Kernel) -> None:
        self.folder, self.kernel = folder, kernel
        self.source = folder / "src" / f"{MODULE}-{version()}"
        self.modules = folder / "lib" / "modules"
        self.tree = folder / "dkms"
        for path in (self.source, self.modules / kernel.name, self.tree):
            path.mkdir(parents=True)

    def place(self) -> str:
        """What a package would put into /usr/src."""
        for name in ("Makefile", "scripts/kdir.sh"):
            (self.source / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.source / name)
        return said([ROOT / "scripts" / "place.sh", "--copy", self.source])

    def dkms(self, action: str, *options: str | Path) -> str:
        """A step of dkms."""
        return said(["dkms", action, "--dkmstree", self.tree, "--sourcetree",
                     self.folder / "src", "--installtree", self.modules,
                     "-m", MODULE, "-v", version(), *options])

    def for_kernel(self) -> list[str | Path]:
        """dkms' options for a kernel that is not installed."""
        return ["-k", self.kernel.name, "-a", "x86_64",
                "--kernelsourcedir", self.kernel.kdir]

    def installed(self) -> Path:
        """The module, where it was installed to."""
        found = sorted(self.modules.rglob(f"{MODULE}.ko*"))
        if len(found) != 1:
            raise LabError(f"expected one {MODULE}.ko, saw {len(found)}: "
                           + ", ".join(map(str, found)))
        return found[0]

    def modinfo(self) -> str:
        """It tells its version and licence, and describes each parameter."""
        _, text = call(["modinfo", self.installed()])
        fields = re.findall(r"^(\w+): +(.*)$", text, re.M)
        told = {value.partition(":")[0] for key, value in fields
                if key == "parm" and len(value.partition(":")[2]) > 10}
        wrong = [f"{name}: no description" for name in
                 sorted(parameters() - told)]
        for key, value in (("version", version()), ("license", "GPL"),
                           ("name", MODULE)):
            if (key, value) not in fields:
                wrong.append(f"expected {key} {value}, saw:\n{text}")
        return "\n".join(wrong)

    def depmod(self) -> str:
        """modprobe finds it, with nothing that it depends on missing."""
        status, text = call(["modprobe", "-d", self.folder, "-S",
                             self.kernel.name, "-D", MODULE])
        return "" if status == 0 and str(self.installed()) in text else \
            text.strip() or "modprobe names no file"

    def run_depmod(self) -> str:
        """What dkms does for a kernel that is installed."""
        return said(["depmod", "-b", self.folder, "-a", self.kernel.name])

    def nothing_left(self) -> str:
        """After dkms remove."""
        left = [path for where in (self.modules, self.tree) for path in
                where.rglob("*") if MODULE in path.name and path.exists()]
        return "\n".join(f"{path} was left behind" for path in left)

    def make_install(self) -> str:
        """make install into a folder, as a packager does."""
        return said(["make", "install", f"KDIR={self.kernel.kdir}",
                     f"INSTALL_MOD_PATH={self.folder}"], cwd=self.source)

    def copy_out(self, to: Path) -> str:
        """The installed module, unpacked, for a guest."""
        file = self.installed()
        shutil.copy(file, to / file.name)
        return said(["xz", "-d", to / file.name]) \
            if file.suffix == ".xz" else ""


def sign(kernel: kernels.Kernel, module: Path) -> str:
    """Sign as the README tells, and see modinfo name the signer."""
    tools = [path for path in (kernel.kdir / "scripts").resolve().parent.rglob(
        "sign-file") if path.is_file()] or [
            path for path in kernel.kdir.parents[2].rglob("sign-file")]
    if not tools:
        return "the headers have no scripts/sign-file"
    key, cert = module.with_name("mok.key"), module.with_name("mok.der")
    wrong = said(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048",
                  "-nodes", "-days", "3", "-subj", "/CN=mm_lab test/",
                  "-keyout", key, "-outform", "DER", "-out", cert]) or \
        said([tools[0], "sha256", key, cert, module])
    if wrong:
        return wrong
    _, text = call(["modinfo", "-F", "signer", module])
    return "" if text.strip() == "mm_lab test" else \
        f"expected the signer 'mm_lab test', saw '{text.strip()}'"


def in_guest(spec: kernels.Spec, kernel: kernels.Kernel, module: Path,
             scenario: str, append: str) -> str:
    """Boot the guest with the module; what went wrong."""
    result = guest.run(spec, kernel, guest.Job(
        [scenario], {f"{MODULE}.ko": module}, append=append))
    section = result.section(scenario)
    wrong = [str(fault) for fault in result.faults]
    if section is None or section.status != 0:
        wrong.append(section.text if section else "it did not run")
    return "\n".join(wrong)


def prove(spec: kernels.Spec) -> str:
    """All of it, for one kernel, as KTAP."""
    for tool in ("dkms", "modinfo", "openssl"):
        if not shutil.which(tool):
            raise LabError(f"no {tool}: scripts/setup.sh test installs it")
    kernel = kernels.kernel(spec)
    steps = Steps("install")
    with temp_folder() as folder:
        at = Installation(folder, kernel)
        out = folder / "out"
        out.mkdir()
        module = out / f"{MODULE}.ko"
        steps.step("place the sources", at.place)
        steps.step("dkms add", lambda: at.dkms("add"))
        steps.step("dkms build", lambda: at.dkms("build", *at.for_kernel()))
        steps.step("dkms install", lambda: at.dkms(
            "install", "--no-depmod", *at.for_kernel()))
        steps.step("modinfo", at.modinfo)
        steps.step("depmod", lambda: at.run_depmod() or at.depmod())
        steps.step("take it out", lambda: at.copy_out(out))
        steps.step("dkms remove", lambda: at.dkms(
            "remove", "--no-depmod", "--all"))
        steps.step("nothing left", at.nothing_left)
        steps.step("make install", at.make_install)
        steps.step("modinfo of that", at.modinfo)
        steps.step("depmod of that", at.depmod)
        steps.step("load in the guest", lambda: in_guest(
            spec, kernel, module, "loads", ""))
        steps.step("unsigned, refused", lambda: in_guest(
            spec, kernel, module, "refused", "module.sig_enforce=1"))
        steps.step("sign", lambda: sign(kernel, module))
    return steps.ktap()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="proves the installation")
    parser.add_argument("guest", nargs="?", default="stock-6.12")
    args = parser.parse_args()
    text = prove(kernels.load_spec(args.guest))
    print(text, end="")
    return 1 if re.search(r"^not ok", text, re.M) else 0


if __name__ == "__main__":
    main_wrapper(main)
