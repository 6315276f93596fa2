# SPDX-License-Identifier: GPL-2.0
"""The kernels of the guests: Debian's own, and those built from source.

All of it lives in the cache, by the exact version of what it was made from.
"""

from __future__ import annotations

import configparser
import functools
import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import apt
from common import (GUEST_SPECS, ROOT, LabError, cache, cached, call, locked,
                    safe_name, say, temp_folder)

OLDEST = (6, 1)
KUNIT = Path("tools/testing/kunit/kunit.py")
# The heading of what a config asks for and a tree may lack.
OPTIONAL = "# where the tree has them"
# The source package that is looked for and not named.
NEWEST = "newest"
_CROSS = {"arm64": "aarch64-linux-gnu-"}


@dataclass(frozen=True)
class Kernel:
    """A kernel that a guest can boot and a module can be built for."""

    image: Path
    kdir: Path
    name: str
    arch: str
    llvm: bool = False


@dataclass(frozen=True)
class Spec:
    """A guest, as its file under tests/kernels/ describes it."""

    name: str
    title: str
    shows: str      # what no other guest shows
    arch: str
    image: str      # Debian's package of the image; empty when built
    source: str     # Debian's package of the source; empty for a stock image
    config: tuple[str, ...]     # the fragments of the config that is built
    llvm: bool      # built with clang and lld
    known: str      # in a report that this kernel prints without us
    cpus: str       # the value of -smp
    memory_mb: int
    append: str     # added to the kernel's command line
    qemu: str       # added to QEMU's
    timeout_s: int
    runs: dict[str, list[str]]  # scenarios that share a boot, by name

    @property
    def is_uml(self) -> bool:
        """Whether it is a process of the host and no machine."""
        return self.arch == "um"


def spec_names() -> list[str]:
    """Every guest that there is a file for."""
    return sorted(path.stem for path in GUEST_SPECS.glob("*.ini"))


def load_spec(name: str) -> Spec:
    """Read the file of a guest."""
    path = GUEST_SPECS / f"{name}.ini"
    if not path.is_file():
        raise LabError(f"no guest '{name}'; there are: "
                       + ", ".join(spec_names()))
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read(path, encoding="utf-8")
        if not ini.has_section("machine"):
            ini.add_section("machine")
        kernel, machine = ini["kernel"], ini["machine"]
        return Spec(
            name=name,
            title=kernel["title"],
            shows=kernel.get("shows", ""),
            arch=kernel.get("arch", "x86_64"),
            image=kernel.get("image", ""),
            source=kernel.get("source", ""),
            config=tuple(kernel.get("config", "").split()),
            llvm=kernel.getboolean("llvm", False),
            known=kernel.get("known", ""),
            cpus=machine.get("cpus", "1"),
            memory_mb=machine.getint("memory_mb", 512),
            append=machine.get("append", ""),
            qemu=machine.get("qemu", ""),
            timeout_s=machine.getint("timeout_s", 120),
            runs={run: text.split() for run, text in ini["runs"].items()}
            if ini.has_section("runs") else {})
    except (configparser.Error, KeyError, ValueError) as error:
        raise LabError(f"tests/kernels/{name}.ini: {error}") from None


def kernel(spec: Spec) -> Kernel:
    """The kernel of a guest, downloaded or built if it is not there yet."""
    if spec.is_uml:
        raise LabError(f"{spec.name} is a process of this machine, built and "
                       "run by kunit.py: make matrix GUESTS=" + spec.name)
    return stock(spec) if spec.image else built(spec)


def at_hand(spec: Spec) -> bool:
    """Whether a guest's kernel is in the cache, without a look elsewhere."""
    package = apt.pin_of(spec.image or spec.source)
    if spec.image:
        return package is not None and _stock_entry(package).is_dir()
    if not os.environ.get("KSRC") and (
            package is None or not _source_entry(package).is_dir()):
        return False
    build = build_of(spec)
    return (build.objects / "linux").exists() if spec.is_uml \
        else build.fresh()


# --- Debian's own -----------------------------------------------------------

def stock(spec: Spec) -> Kernel:
    """Debian's image with the headers that were built with it."""
    meta = apt.pinned(spec.image)
    image = _image_of(meta)
    release = image.name.removeprefix("linux-image-")
    entry = cached(_stock_entry(meta), f"the kernel {release}",
                   lambda folder: _unpack_stock(image, release, folder))
    return Kernel(image=entry / "vmlinuz", kdir=_headers(entry, release),
                  name=release, arch=spec.arch)


def _image_of(meta: apt.Package) -> apt.Package:
    """The package of the image that a package without a version leads to."""
    return apt.Package(meta.needs(r"linux-image-\d[^ ,|]*"), meta.version)


def _stock_entry(meta: apt.Package) -> Path:
    release = _image_of(meta).name.removeprefix("linux-image-")
    return cache() / "stock" / safe_name(f"{release}_{meta.version}")


def _headers(entry: Path, release: str) -> Path:
    return entry / "usr" / "src" / f"linux-headers-{release}"


def _unpack_stock(image: apt.Package, release: str, folder: Path) -> None:
    here = apt.Apt()
    headers = here.find(f"linux-headers-{release}")
    if headers.version != image.version:
        raise LabError(f"{headers.name} is {headers.version} and the image "
                       f"{image.version}; run it again with FRESH=1")
    parts = [image, headers,
             here.find(headers.needs(r"linux-headers-[^ ,|]*-common(?:-rt)?")),
             here.find(headers.needs(r"linux-kbuild-[^ ,|]*"))]
    apt.unpack(here.download(parts, folder), folder)
    boot = folder / "boot"
    for name in ("vmlinuz", "config"):
        (boot / f"{name}-{release}").rename(folder / name)
    # The modules of the distribution are never loaded here.
    for useless in ("boot", "lib", "usr/share"):
        shutil.rmtree(folder / useless, ignore_errors=True)
    _relocate(_headers(folder, release))


def _relocate(kdir: Path) -> None:
    """Lead the headers' Makefile to where the rest was unpacked.

    It includes the common part by an absolute path; its links are relative
    and hold wherever the packages lie together.
    """
    makefile = kdir / "Makefile"
    text = makefile.read_text()
    here = "$(dir $(realpath $(lastword $(MAKEFILE_LIST))))"
    makefile.write_text(text.replace("include /usr/src/",
                                     f"include {here}../"))
    if not (kdir / "scripts" / "mod" / "modpost").exists():
        raise LabError(f"{kdir.name}: no modpost beside the headers; the "
                       "packaging has changed, see scripts/kernels.py")


# --- source -----------------------------------------------------------------

def source(package: str) -> Path:
    """The tree of a linux-source package, unpacked into the cache.

    "newest" is the newest that Debian has. It is this project's private copy:
    only lib/mm_lab is ever put into it.
    """
    if package == NEWEST:
        pin, where = apt.pinned(package, apt.newest_source), apt.backports
    else:
        pin, where = apt.pinned(package), apt.Apt
    return cached(_source_entry(pin), f"the source {pin.name}",
                  lambda folder: _unpack_source(pin, where(), folder))


def _source_entry(package: apt.Package) -> Path:
    return cache() / "src" / safe_name(f"{package.name}_{package.version}")


def _unpack_source(package: apt.Package, where: apt.Apt,
                   folder: Path) -> None:
    installed = Path("/usr/src") / f"{package.name}.tar.xz"
    if installed.is_file() and _installed_version(package) == package.version:
        _untar(installed, folder)
        return
    with_deb = folder / "deb"
    with_deb.mkdir()
    apt.unpack(where.download([package], with_deb), with_deb)
    _untar(with_deb / "usr" / "src" / f"{package.name}.tar.xz", folder)
    shutil.rmtree(with_deb)


def _installed_version(package: apt.Package) -> str:
    return call(["dpkg-query", "-W", "-f", "${Version}", package.name])[1]


def _untar(tarball: Path, folder: Path) -> None:
    say(f"unpacking {tarball.name}")
    status, text = call(["tar", "-C", folder, "--strip-components=1",
                         "-xf", tarball], timeout=600)
    if status != 0:
        last = (text.strip().splitlines() or ["no output"])[-1]
        raise LabError(f"cannot unpack {tarball.name} ({last})")


def tree_version(tree: Path) -> tuple[int, int]:
    """Version and patch level of a kernel tree."""
    try:
        head = (tree / "Makefile").read_text(errors="replace")[:2000]
        found = re.search(r"^VERSION = (\d+)\nPATCHLEVEL = (\d+)", head, re.M)
        if found and (tree / "mm" / "page_alloc.c").is_file():
            return int(found[1]), int(found[2])
    except OSError:
        pass
    raise LabError(f"KSRC={tree} is no kernel tree: name the top folder of "
                   "an unpacked or cloned Linux source")


def changed_mark(tree: Path) -> Path:
    """The file whose time is that of the last change in a user's tree."""
    return tree.with_name(tree.name + ".changed")


@functools.cache
def users_tree(ksrc: Path) -> Path:
    """A private copy of the tree that the user named, kept up to date.

    Once in a run: later on the copy is in use, under the lock taken here.

    The original is only read. What an in-tree build has left in it stays
    behind: such a tree would refuse to be built elsewhere.
    """
    version = tree_version(ksrc)
    if version < OLDEST:
        raise LabError(f"KSRC={ksrc} is Linux {version[0]}.{version[1]}; "
                       f"mm_lab needs {OLDEST[0]}.{OLDEST[1]} or newer")
    ksrc = ksrc.resolve()
    digest = hashlib.sha256(str(ksrc).encode()).hexdigest()[:12]
    copy = cache() / "src" / f"ksrc-{version[0]}.{version[1]}-{digest}"
    with locked(copy, f"the copy of {ksrc}"):
        say(f"copying what has changed in {ksrc}")
        leave = [".git", "*.o", "*.a.tmp", "*.ko", "*.mod", "*.mod.c", ".*.cmd",
                 "/.config", "/vmlinux*", "/include/config",
                 "/include/generated", "/arch/*/include/generated",
                 "/.kunit", "/lib/mm_lab", "/lib/Kconfig", "/lib/Makefile"]
        # The time of a folder says only that place.sh has been in the copy.
        line = ["rsync", "-ai", "--omit-dir-times", "--delete",
                *(f"--exclude={pattern}" for pattern in leave)]
        status, text = call([*line, f"{ksrc}/", f"{copy}/"], timeout=1800)
        if status != 0:
            raise LabError(f"cannot copy {ksrc}: {text.strip()[-160:]}")
        if text.strip():
            changed_mark(copy).touch()
        for name in ("lib/Kconfig", "lib/Makefile"):
            _copy_bare(ksrc / name, copy / name)
    return copy


def _bare(path: Path) -> str:
    """A file of the tree without what place.sh may have added to it."""
    return "".join(row for row in path.read_text().splitlines(True)
                   if "mm_lab/" not in row) if path.exists() else ""


def _copy_bare(original: Path, copy: Path) -> None:
    """Bring a copy up to date, unless place.sh's line is all that differs.

    The user's tree may have that line too, for a lib/mm_lab of its own.
    """
    text = _bare(original)
    placed = (copy.parent / "mm_lab").is_dir()
    if not placed or _bare(copy) != text:
        copy.write_text(text)


# --- built from source ------------------------------------------------------

def cross_prefix(arch: str) -> str:
    """What stands before the names of the compiler's programs for @arch.

    CROSS_COMPILE of the environment is for the architecture that ARCH names,
    or for the machine's own.
    """
    given = os.environ.get("CROSS_COMPILE", "")
    if given and arch == (os.environ.get("ARCH") or "x86_64"):
        return given
    return _CROSS.get(arch, "")


def make_line(arch: str, llvm: bool = False) -> list[str]:
    """The start of a command line of kbuild."""
    line = ["make", f"-j{os.cpu_count() or 1}", f"ARCH={arch}"]
    prefix = cross_prefix(arch)
    return [*line, *([f"CROSS_COMPILE={prefix}"] if prefix else []),
            *(["LLVM=1"] if llvm else [])]


def build_env() -> dict[str, str]:
    """The environment of a build: ccache, where there is one.

    By its links in the path and not by CC=, which kbuild records: an object
    would be rebuilt on the day that ccache comes or goes.
    """
    env = {key: value for key, value in os.environ.items()
           if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "KDIR", "KSRC",
                          "ARCH", "O", "M", "V", "C", "W")}
    if Path("/usr/lib/ccache").is_dir():
        env["PATH"] = "/usr/lib/ccache:" + env["PATH"]
    return env


def tree_of(spec: Spec) -> Path:
    """The private tree that a guest's kernel is built from."""
    ksrc = os.environ.get("KSRC", "")
    return users_tree(Path(ksrc)) if ksrc else source(spec.source)


@dataclass(frozen=True)
class Build:
    """The folders of a kernel that is built from source.

    kunit.py works in @objects, where it adds mm_lab to the kernel. @kdir is
    what was taken aside before: the image without mm_lab, and what modules
    are built against.
    """

    tree: Path
    folder: Path

    @property
    def objects(self) -> Path:
        """kbuild's output."""
        return self.folder / "objects"

    @property
    def kdir(self) -> Path:
        """What modules are built against."""
        return self.folder / "kdir"

    @property
    def kunitconfig(self) -> Path:
        """The whole config without mm_lab, for kunit.py to add it to."""
        return self.folder / "kunitconfig"

    def fresh(self) -> bool:
        """Whether it is there, and the user's tree no newer."""
        changed = changed_mark(self.tree)
        return self.kdir.is_dir() and not (
            changed.exists() and
            changed.stat().st_mtime > self.kdir.stat().st_mtime)


def fragment(spec: Spec) -> str:
    """What a guest's kernel adds to allnoconfig, in one text."""
    return "".join((GUEST_SPECS / f"{name}.config").read_text()
                   for name in spec.config)


def build_of(spec: Spec) -> Build:
    """Where a guest's kernel is built, whether it is there or not."""
    tree = tree_of(spec)
    digest = hashlib.sha256(" ".join(make_line(spec.arch, spec.llvm)[2:])
                            .encode() + fragment(spec).encode())
    return Build(tree, cache() / "kernels" /
                 f"{tree.name}_{spec.arch}_{digest.hexdigest()[:12]}")


def prepare(spec: Spec) -> Build:
    """Build the guest's kernel from source, if that has not been done."""
    build = build_of(spec)
    if not build.fresh():
        with locked(build.folder, f"the kernel of {spec.name}"):
            if not build.fresh():
                _build(spec, build)
    return build


def built(spec: Spec) -> Kernel:
    """The kernel of a guest that is built from source, without mm_lab."""
    build = prepare(spec)
    return Kernel(image=build.kdir / _boot_of(spec.arch), kdir=build.kdir,
                  name=f"{spec.name} ({build.tree.name})", arch=spec.arch,
                  llvm=spec.llvm)


def _boot_of(arch: str) -> str:
    return {"x86_64": "arch/x86/boot/bzImage",
            "i386": "arch/x86/boot/bzImage",
            "arm64": "arch/arm64/boot/Image"}[arch]


def _build(spec: Spec, build: Build) -> None:
    """Build, or go on with a build that was cut short.

    kbuild trusts no object without its command file, so what an interrupted
    run left in the objects is safe to go on from. The folder for modules is
    copied out last, under another name until it is whole.
    """
    out = build.objects
    out.mkdir(parents=True, exist_ok=True)
    wanted = out / "fragment"
    wanted.write_text(fragment(spec))
    line = [*make_line(spec.arch, spec.llvm), "-C", str(build.tree),
            f"O={out}"]
    _make([*line, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig"], out,
          timeout=120)
    _check_config(spec, out / ".config")
    say(f"building the kernel of {spec.name}, once; some minutes "
        f"(log: {out}/build.log)")
    _make([*line, "all"], out, timeout=3600)
    build.kunitconfig.write_text("".join(
        row + "\n" for row in (out / ".config").read_text().splitlines()
        if "CONFIG_MM_LAB" not in row))
    shutil.rmtree(build.kdir, ignore_errors=True)
    with temp_folder(build.folder) as half:
        leave = ["*.o", "*.a", "*.cmd", "*.log", "/vmlinux*", "/compile_*"]
        status, text = call(["rsync", "-a",
                             *(f"--exclude={pattern}" for pattern in leave),
                             f"{out}/", f"{half}/kdir/"], timeout=600)
        if status != 0:
            raise LabError(f"cannot copy {out}: {text.strip()[-160:]}")
        # Newer trees write down where the objects are, and modules built
        # from elsewhere would end up in the folder that they are built from.
        makefile = half / "kdir" / "Makefile"
        makefile.write_text(makefile.read_text().replace(str(out),
                                                         str(build.kdir)))
        # Its time says when it was made, not when the objects' folder was.
        (half / "kdir").touch()
        (half / "kdir").rename(build.kdir)


def _check_config(spec: Spec, config: Path) -> None:
    """Every line of the fragments must have survived the dependencies.

    But those at the end of each that not every kernel knows.
    """
    have = set(config.read_text().splitlines())
    for name in spec.config:
        file = GUEST_SPECS / f"{name}.config"
        wanted = file.read_text().partition(OPTIONAL)[0]
        lost = [line for line in wanted.splitlines()
                if line.startswith("CONFIG_") and line not in have]
        if lost:
            config.unlink()
            raise LabError(f"{file.relative_to(ROOT)}: this tree cannot have "
                           + ", ".join(lost))


def _make(line: list[str], out: Path, timeout: float) -> None:
    log = out / "build.log"
    status, text = call(line, env=build_env(), timeout=timeout, log=log)
    if status != 0:
        errors = [row for row in text.splitlines()
                  if re.search(r"error:|Error \d|\*\*\*|No space", row)]
        first = (errors or text.splitlines()[-1:] or ["no output"])[0]
        raise LabError(f"the kernel does not build ({first.strip()}); "
                       f"see {log}")
