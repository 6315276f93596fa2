# SPDX-License-Identifier: GPL-2.0
"""What can be wrong on the host: one clear line that says what to do, a
status that is not zero, and nothing left behind."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import unittest.mock
from collections.abc import Mapping
from pathlib import Path

import apt
import common
import initramfs
import kernels

ROOT = common.ROOT
# What the scripts call, for a machine on which one of them is missing.
TOOLS = ("python3 setpriv sh env uname id sudo grep sed sort tr mktemp rm cat "
         "cmp cp mv mkdir dirname make tar gcc strip rsync dpkg dpkg-query "
         "apt-get apt-cache qemu-system-x86_64").split()


class Mistakes(unittest.TestCase):
    """Runs a script where something is missing."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mm_lab-test."))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.path = self.folder / "bin"
        self.path.mkdir()
        for tool in TOOLS:
            if where := shutil.which(tool):
                (self.path / tool).symlink_to(where)

    def fake(self, tool: str, script: str) -> None:
        """Put something else in a tool's place."""
        (self.path / tool).unlink(missing_ok=True)
        (self.path / tool).write_text("#!/bin/sh\n" + script)
        (self.path / tool).chmod(0o755)

    def run_it(self, *line: str, **env: str) -> tuple[int, str]:
        """Run a command of the project in this poor machine."""
        whole = {"PATH": str(self.path), "HOME": str(self.folder),
                 "XDG_CACHE_HOME": str(self.folder / "cache"),
                 "TMPDIR": str(self.folder), **env}
        done = subprocess.run(line, cwd=ROOT, env=whole, text=True,
                              stdin=subprocess.DEVNULL, timeout=60,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout

    def refused(self, part: str, *line: str, **env: str) -> str:
        """It fails, with one line that has @part in it."""
        status, text = self.run_it(*line, **env)
        self.assertNotEqual(status, 0, text)
        self.assertNotIn("Traceback", text)
        said = [row for row in text.splitlines()
                if row.startswith("mm_lab: ")]
        self.assertEqual(len(said), 1, text)
        self.assertIn(part, said[0])
        return text

    def test_no_qemu(self) -> None:
        (self.path / "qemu-system-x86_64").unlink(missing_ok=True)
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        if not list((Path(cache) / "mm_lab").glob("stock/*6.12*/vmlinuz")):
            self.skipTest("needs the stock kernel in the cache")
        self.refused("install qemu-system-x86", "scripts/guest.py", "run",
                     "stock-6.12", "-c", "true", XDG_CACHE_HOME=cache)

    def test_no_network(self) -> None:
        self.fake("apt-get", "echo 'E: Failed to fetch it: Temporary failure "
                  "resolving' >&2\nexit 100\n")
        self.fake("apt-cache", "exit 0\n")
        self.refused("check the network", "scripts/demo.py")

    def test_download_cut_off(self) -> None:
        self.fake("apt-get", 'case "$*" in *download*) echo half >'
                  "linux-image-6.12.1_1.deb; exit 100;; esac\n")
        self.fake("apt-cache", "echo 'Version: 1'; echo 'Depends: "
                  "linux-image-6.12.1, linux-headers-6.12.1-common, "
                  "linux-kbuild-6.12.1'\n")
        self.refused("cannot download", "scripts/demo.py")
        left = [str(p) for p in (self.folder / "cache").rglob("*")
                if p.is_dir() and "6.12.1" in p.name]
        self.assertEqual(left, [])

    def test_no_apt(self) -> None:
        for tool in ("apt-get", "qemu-system-x86_64"):
            (self.path / tool).unlink(missing_ok=True)
        self.refused("no apt-get", "scripts/demo.py")
        self.refused("no apt-get", "scripts/setup.sh", "demo")

    def test_set_up_without_network(self) -> None:
        self.fake("apt-get", "echo 'E: Temporary failure resolving'\n"
                  "exit 100\n")
        self.fake("sudo", "exec env \"$@\"\n")
        (self.path / "qemu-system-x86_64").unlink(missing_ok=True)
        text = self.refused("check the network", "scripts/setup.sh", "demo")
        self.assertIn("qemu-system-x86", text)

    def test_set_up_without_sudo(self) -> None:
        self.fake("id", "echo 1000\n")
        self.fake("sudo", "exit 1\n")
        (self.path / "qemu-system-x86_64").unlink(missing_ok=True)
        self.refused("apt-get install", "scripts/setup.sh", "demo")

    def test_set_up_of_nothing_known(self) -> None:
        self.refused("demo, test, matrix, mutants, check", "scripts/setup.sh",
                     "lunch")

    def test_unknown_kernel(self) -> None:
        self.refused("no guest 'stock-9.9'", "scripts/demo.py", KERNEL="9.9")

    def test_unknown_guest(self) -> None:
        self.refused("no guest 'toaster'", "scripts/suite.py",
                     GUESTS="toaster")

    def test_unknown_accelerator(self) -> None:
        import accel
        with unittest.mock.patch.dict(os.environ, {"ACCEL": "magic"}):
            with self.assertRaisesRegex(common.LabError, "kvm or tcg"):
                accel.choose("qemu", lambda accelerator, limit: True)

    def test_ksrc_is_no_tree(self) -> None:
        self.refused("is no kernel tree", "scripts/guest.py", "kdir",
                     "slub", KSRC=str(self.folder))
        self.refused("is no kernel tree", "scripts/place.sh",
                     str(self.folder))

    def test_ksrc_too_old(self) -> None:
        tree = self.folder / "linux"
        (tree / "mm").mkdir(parents=True)
        (tree / "mm" / "page_alloc.c").touch()
        (tree / "Makefile").write_text("VERSION = 5\nPATCHLEVEL = 10\n")
        self.refused("needs 6.1 or newer", "scripts/guest.py", "kdir",
                     "slub", KSRC=str(tree))

    def test_kdir(self) -> None:
        there = self.folder / "kdir"
        for kdir, part in ((there, "no such folder"),
                           (there, "has no Makefile"),
                           (there, "is not configured"),
                           ("/lib/modules/9.9.9/build",
                            "apt-get install linux-headers-9.9.9")):
            with self.subTest(part):
                if part == "has no Makefile":
                    there.mkdir()
                if part == "is not configured":
                    (there / "Makefile").touch()
                self.refused(part, "scripts/kdir.sh", str(kdir))

    def a_kdir(self, release: str, config: str) -> str:
        """A folder that looks as if a module could be built against it."""
        made = self.folder / "linux"
        generated = made / "include" / "generated"
        generated.mkdir(parents=True, exist_ok=True)
        (made / "Makefile").touch()
        (made / ".config").write_text(config)
        (generated / "autoconf.h").touch()
        (generated / "utsrelease.h").write_text(
            f'#define UTS_RELEASE "{release}"\n')
        return str(made)

    def test_kdir_too_old(self) -> None:
        config = "CONFIG_MODULES=y\nCONFIG_MMU=y\nCONFIG_DEBUG_FS=y\n"
        for release in ("5.10.0-42-amd64", "6.0.19", "4.19.0", "6.0-rc1"):
            with self.subTest(release):
                self.refused(f"is Linux {release}; mm_lab needs 6.1 or newer",
                             "scripts/kdir.sh", self.a_kdir(release, config))
        for release in ("6.1.0-56-amd64", "6.12.117", "7.0-rc1", "10.0.1"):
            with self.subTest(release):
                kdir = self.a_kdir(release, config)
                self.assertEqual(self.run_it("scripts/kdir.sh", kdir),
                                 (0, ""))
                self.assertEqual(
                    self.run_it("scripts/kdir.sh", "--release", kdir),
                    (0, release + "\n"))

    def test_kdir_lacks_an_option(self) -> None:
        for option in ("MODULES", "MMU", "DEBUG_FS"):
            config = "".join(
                f"CONFIG_{name}=y\n" for name in ("MODULES", "MMU", "DEBUG_FS")
                if name != option) + f"# CONFIG_{option} is not set\n"
            with self.subTest(option):
                self.refused(f"without CONFIG_{option}", "scripts/kdir.sh",
                             self.a_kdir("6.12.1", config))

    def test_full_disk(self) -> None:
        small = self.folder / "small"
        small.mkdir()
        self.fake("apt-cache", "echo 'Version: 1'; echo 'Depends: "
                  "linux-image-6.12.1, linux-headers-6.12.1-common, "
                  "linux-kbuild-6.12.1'\n")
        self.fake("apt-get", 'case "$*" in *download*) head -c 9999999 '
                  "/dev/zero >x.deb || { echo 'E: write: No space left on "
                  "device'; exit 100; };; esac\n")
        for tool in ("unshare", "mount", "head", "df"):
            (self.path / tool).symlink_to(shutil.which(tool) or "/bin/false")
        mount = f"mount -t tmpfs -o size=64k none {small}"
        line = ("unshare", "-m", "sh", "-c")
        status, text = self.run_it(*line, mount)
        if status != 0:
            self.skipTest(f"no mount of our own here: {text.strip()}")
        self.refused("No space left", *line, f"{mount}; scripts/demo.py",
                     XDG_CACHE_HOME=str(small))


class UsersTree(unittest.TestCase):
    """The copy of a tree that the user names."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mm_lab-test."))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.tree = self.folder / "linux"
        for name, text in (("Makefile", "VERSION = 6\nPATCHLEVEL = 12\n"),
                           ("mm/page_alloc.c", ""), ("mm/slub.o", ""),
                           ("lib/Makefile", "obj-y += a.o\n"),
                           ("lib/Kconfig", "config A\n")):
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(text)

    def copy(self) -> Path:
        """Bring the copy up to date, as a new run does."""
        kernels.users_tree.cache_clear()
        with unittest.mock.patch.dict(os.environ, {
                "XDG_CACHE_HOME": str(self.folder / "cache")}), \
                unittest.mock.patch("kernels.say"):
            return kernels.users_tree(self.tree)

    def test_a_project_of_its_own_stays_behind(self) -> None:
        (self.tree / "lib" / "mm_lab").mkdir()
        (self.tree / "lib" / "mm_lab" / "Kconfig").touch()
        kconfig = self.tree / "lib" / "Kconfig"
        kconfig.write_text('config A\nsource "lib/mm_lab/Kconfig"\n')
        copy = self.copy()
        self.assertFalse((copy / "lib" / "mm_lab").exists())
        self.assertEqual((copy / "lib/Kconfig").read_text(), "config A\n")
        self.assertIn("mm_lab/", kconfig.read_text())

    def test_an_option_that_it_lacks_is_named(self) -> None:
        spec = kernels.load_spec("slub")
        config = self.folder / "config"
        fragment = kernels.fragment(spec)
        config.write_text(fragment)
        kernels._check_config(spec, config)
        config.write_text(fragment.replace("CONFIG_KUNIT=y\n", ""))
        with self.assertRaisesRegex(
                common.LabError, "base.config: this tree cannot have "
                                 "CONFIG_KUNIT=y$"):
            kernels._check_config(spec, config)
        needed = "".join(part.partition(kernels.OPTIONAL)[0] for part in (
            (common.GUEST_SPECS / f"{name}.config").read_text()
            for name in spec.config))
        config.write_text(needed)
        kernels._check_config(spec, config)

    def test_only_a_change_makes_it_newer(self) -> None:
        # rsync compares seconds, and the folder shall differ by more.
        os.utime(self.tree / "lib", (1, 1))
        copy = self.copy()
        self.assertFalse((copy / "mm" / "slub.o").exists())
        mark = kernels.changed_mark(copy)
        placed = copy / "lib" / "Kconfig"
        (copy / "lib" / "mm_lab").mkdir()
        placed.write_text('config A\nsource "lib/mm_lab/Kconfig"\n')
        os.utime(mark, (1, 1))
        self.copy()
        self.assertEqual(mark.stat().st_mtime, 1)
        self.assertIn("mm_lab/", placed.read_text())
        (copy / "lib" / "mm_lab").rmdir()
        self.copy()
        self.assertNotIn("mm_lab/", placed.read_text())
        (self.tree / "mm" / "page_alloc.c").write_text("int changed;\n")
        self.copy()
        self.assertGreater(mark.stat().st_mtime, 1)
        self.assertEqual((copy / "mm/page_alloc.c").read_text(),
                         "int changed;\n")


class Entries(unittest.TestCase):
    """The cache keeps what is whole, and nothing else."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mm_lab-test."))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def test_made_once(self) -> None:
        made: list[Path] = []

        def make(folder: Path) -> None:
            made.append(folder)
            (folder / "file").write_text("x")

        for _ in range(2):
            entry = common.cached(self.folder / "entry", "it", make)
            self.assertEqual((entry / "file").read_text(), "x")
        self.assertEqual(len(made), 1)

    def test_failure_leaves_nothing(self) -> None:
        def make(folder: Path) -> None:
            (folder / "half").touch()
            raise OSError(28, "No space left on device")

        with self.assertRaises(OSError):
            common.cached(self.folder / "entry", "it", make)
        self.assertEqual([p.name for p in self.folder.iterdir()],
                         ["entry.lock"])

    def test_half_of_a_killed_run_is_not_trusted(self) -> None:
        stale = self.folder / "mm_lab.entry.abc" / "entry"
        stale.mkdir(parents=True)
        common.cached(self.folder / "entry", "it", lambda folder: None)
        self.assertFalse(stale.exists())

    def test_initramfs_is_what_cpio_reads(self) -> None:
        root = initramfs.Initramfs()
        root.data("a/b/file", b"contents\n", 0o755)
        root.link("a/link", "b/file")
        root.write(self.folder / "archive")
        with open(self.folder / "archive", "rb") as archive:
            text = subprocess.run(
                ["/bin/busybox", "cpio", "-tv"], stdin=archive, check=True,
                stdout=subprocess.PIPE, text=True,
                stderr=subprocess.DEVNULL).stdout
        for part in ("-rwxr-xr-x", " a/b\n", "a/link -> b/file"):
            self.assertIn(part, text)


class Pins(unittest.TestCase):
    """The version that a cache stays with."""

    def test_two_runs_ask_apt_once(self) -> None:
        found: list[apt.Package] = []

        def find() -> apt.Package:
            time.sleep(0.3)
            found.append(apt.Package("some", f"1.{len(found)}"))
            return found[-1]

        with tempfile.TemporaryDirectory() as temp, \
                unittest.mock.patch.dict(os.environ, XDG_CACHE_HOME=temp), \
                unittest.mock.patch.object(common, "say"), \
                concurrent.futures.ThreadPoolExecutor(2) as pool:
            pins = [pool.submit(apt.pinned, "some", find) for _ in range(2)]
            self.assertEqual({pin.result().version for pin in pins}, {"1.0"})
            self.assertEqual(len(found), 1)
            with unittest.mock.patch.dict(os.environ, FRESH="1"):
                self.assertEqual(apt.pinned("some", find).version, "1.1")


SLEEPER = """\
import signal, subprocess, sys
sys.path.insert(0, {scripts!r})
import common
# A shell starts what runs in the background with SIGINT ignored.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
def main():
    with common.temp_folder():
        child = common.spawn(["sh", "-c", {work!r}])
        print(child.pid, flush=True)
        child.wait()
    return 0
common.main_wrapper(main)
"""


class Endings(unittest.TestCase):
    """Nothing runs on or lies about, whatever ends a script."""

    def end_by(self, signum: int, env: Mapping[str, str],
               work: str = "sleep 321 & wait") -> tuple[int, int]:
        """End a script that has a child; its status and the child's pid."""
        code = SLEEPER.format(scripts=str(ROOT / "scripts"), work=work)
        with subprocess.Popen(["python3", "-c", code], env=env, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as script:
            assert script.stdout is not None
            child = int(script.stdout.readline())
            time.sleep(0.2)
            script.send_signal(signum)
            try:
                return script.wait(timeout=20), child
            finally:
                script.kill()

    def test_signals(self) -> None:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signum), tempfile.TemporaryDirectory() as temp:
                status, child = self.end_by(
                    signum, {**os.environ, "TMPDIR": temp})
                self.assertEqual(status, 128 + signum)
                self.assertEqual(os.listdir(temp), [])
                self.assert_group_gone(child)

    def test_sigkill_takes_the_child_along(self) -> None:
        with tempfile.TemporaryDirectory() as temp:
            _, child = self.end_by(signal.SIGKILL,
                                   {**os.environ, "TMPDIR": temp},
                                   "exec sleep 321")
            for _ in range(50):
                if not Path(f"/proc/{child}").exists():
                    return
                time.sleep(0.1)
            self.fail(f"process {child} runs on")

    def assert_group_gone(self, group: int) -> None:
        """No process of the group is left."""
        for _ in range(50):
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)
        self.fail(f"process group {group} runs on")


if __name__ == "__main__":
    unittest.main()
