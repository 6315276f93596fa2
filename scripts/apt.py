# SPDX-License-Identifier: GPL-2.0
"""Debian's packages, downloaded and unpacked without installing them.

A kernel image must not land in /boot of somebody's machine, and the headers
package depends on it; so both are only unpacked, into the cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common import LabError, cache, cached, call, locked, safe_name, say

# A dead network shall be noticed in seconds and not in minutes.
_PATIENCE = ["-oAcquire::http::Timeout=20", "-oAcquire::https::Timeout=20",
             "-oAcquire::Retries=2", "-oAPT::Sandbox::User=root"]


@dataclass(frozen=True)
class Package:
    """A package of an exact version."""

    name: str
    version: str
    depends: str = ""

    def needs(self, pattern: str) -> str:
        """The name of the dependency that matches, in full."""
        found = re.search(rf"(?:^|[ ,|])({pattern})(?=[ ,|]|$)", self.depends)
        if not found:
            raise LabError(f"{self.name} {self.version} depends on no "
                           f"{pattern}; the archive has changed, see "
                           "scripts/apt.py")
        return found[1]


class Apt:
    """The machine's apt, or one with sources of its own."""

    def __init__(self, options: Sequence[str] = (),
                 as_root: bool = True) -> None:
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise LabError("no apt-get here: kernels come as Debian packages; "
                           "use a Debian machine, or build the module for a "
                           "kernel of your own with `make KDIR=...`")
        self.options = [*options, *_PATIENCE]
        self._root = ([] if os.geteuid() == 0 or not as_root
                      else ["sudo", "-n"])
        self._fresh = False

    def update(self) -> None:
        """Fetch the lists of packages, once in a run."""
        if self._fresh:
            return
        say("reading the package lists (apt-get update)")
        status, text = call([*self._root, "apt-get", *self.options,
                             "-qq", "update"], timeout=300)
        if status != 0:
            raise LabError(f"apt-get update fails ({_reason(text)}); check "
                           "the network and run it again")
        self._fresh = True

    def find(self, name: str) -> Package:
        """The newest version of a package that the archive has."""
        text = self._show(name)
        if "Version:" not in text:
            self.update()
            text = self._show(name)
        version = re.search(r"^Version: (\S+)", text, re.M)
        depends = re.search(r"^Depends: (.*)$", text, re.M)
        if not version:
            raise LabError(f"this machine's apt knows no package {name}; "
                           "it takes Debian 12 with its security suite, see "
                           "/etc/apt/sources.list.d")
        return Package(name, version[1], depends[1] if depends else "")

    def _show(self, name: str) -> str:
        return call(["apt-cache", *self.options, "show",
                     "--no-all-versions", name], timeout=60)[1]

    def download(self, packages: Sequence[Package], into: Path) -> list[Path]:
        """Download packages into a folder; returns the files in order."""
        line = ["apt-get", *self.options, "-q", "download",
                *(f"{p.name}={p.version}" for p in packages)]
        names = ", ".join(p.name for p in packages)
        say(f"downloading {names}")
        status, text = call(line, cwd=into, timeout=900)
        if status != 0 and not self._fresh:
            # The lists may be older than the archive.
            self.update()
            status, text = call(line, cwd=into, timeout=900)
        files = [next(iter(into.glob(f"{p.name}_*.deb")), None)
                 for p in packages]
        if status != 0 or None in files:
            raise LabError(f"cannot download {names} ({_reason(text)}); check "
                           "the network and run it again")
        return [file for file in files if file]


def unpack(files: Sequence[Path], into: Path) -> None:
    """Unpack packages into a folder, and remove the packages."""
    for file in files:
        status, text = call(["dpkg", "-x", file, into], timeout=600)
        if status != 0:
            raise LabError(f"cannot unpack {file.name} ({_reason(text)})")
        file.unlink()


def _reason(text: str) -> str:
    """The line of apt's output that tells the reason."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(E|Err|W|sudo|dpkg\S*):",
                                                 line)]
    return (errors or lines or ["no output"])[0][:160]


def _pin(name: str) -> Path:
    return cache() / "pins" / f"{name}.json"


def pin_of(name: str) -> Package | None:
    """The version that this cache stays with, if it has been asked for."""
    pin = _pin(name)
    try:
        return Package(**json.loads(pin.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        pin.unlink()
        return None


def pinned(name: str, find: Callable[[], Package] | None = None) -> Package:
    """The version of a package that this cache stays with.

    Asked of apt once, or of @find, and remembered, so that what is there is
    used without a look at the network; FRESH=1 in the environment asks again.
    """
    there = None if os.environ.get("FRESH") else pin_of(name)
    if there:
        return there
    pin = _pin(name)
    asked = time.time()
    # Apt refuses whoever comes while another reads the lists.
    with locked(pin, f"the version of {name}"):
        there = pin_of(name)
        if there and pin.stat().st_mtime >= asked:
            return there
        package = find() if find else Apt().find(name)
        half = pin.with_suffix(".half")
        half.write_text(json.dumps(package.__dict__))
        half.rename(pin)
    return package


def apart(suite: str, architecture: str = "") -> Apt:
    """An apt for one suite and architecture, apart from the machine's own.

    The archive is the one that the machine's apt has for its own release; no
    list or setting of the machine is touched.
    """
    name = f"{suite}-{architecture}" if architecture else suite
    folder = cache() / "apt" / name
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    targets = call(["apt-get", "indextargets", "--format",
                    "$(CODENAME) $(COMPONENT) $(REPO_URI)",
                    "Created-By: Packages"], timeout=60)[1]
    found = re.search(r"^bookworm main (\S+)$", targets, re.M)
    if not found:
        raise LabError("this machine's apt has no bookworm archive; it takes "
                       "Debian 12, see /etc/apt/sources.list.d")
    signed = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = folder / "sources.list"
    sources.write_text(f"deb [{signed}] {found[1]} {suite} main\n")
    return Apt([f"-oDir::Etc::SourceList={sources}",
                "-oDir::Etc::SourceParts=/dev/null",
                f"-oDir::State::Lists={folder / 'lists'}",
                f"-oDir::Cache={folder}",
                "-oDir::State::status=/dev/null",
                *([f"-oAPT::Architecture={architecture}",
                   f"-oAPT::Architectures={architecture}"]
                  if architecture else [])], as_root=False)


def foreign_busybox(architecture: str) -> Path:
    """The static busybox of another architecture."""
    there = apart("bookworm", architecture)
    package = pinned(f"busybox-static-{architecture}",
                     lambda: there.find("busybox-static"))

    def fill(folder: Path) -> None:
        unpack(there.download([package], folder), folder)

    entry = cached(cache() / "busybox" / safe_name(
        f"{architecture}_{package.version}"), "busybox", fill)
    return entry / "bin" / "busybox"


def backports() -> Apt:
    """Where the newest kernel's source is."""
    return apart("trixie-backports")


def newest_source() -> Package:
    """The package of the newest kernel's source, in trixie-backports."""
    there = backports()

    def names() -> list[str]:
        text = call(["apt-cache", *there.options, "pkgnames",
                     "linux-source-"], timeout=60)[1]
        return re.findall(r"^linux-source-\d+\.\d+$", text, re.M)

    if not names():
        there.update()
    newest = max(names(), default="",
                 key=lambda n: tuple(map(int, re.findall(r"\d+", n))))
    if not newest:
        raise LabError("trixie-backports has no linux-source; check the "
                       "network and run it again")
    return there.find(newest)
