# SPDX-License-Identifier: GPL-2.0
"""What every script of the host shares: errors, progress, the cache, children.

A script that cannot go on raises LabError with one line that says what is
wrong and what to do; main_wrapper() prints it and exits non-zero. Children are
started in a process group of their own and die with the script, whatever ends
it, and temporary folders go with them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
GUEST_SPECS = ROOT / "tests" / "kernels"
GUEST_FILES = ROOT / "tests" / "guest"


class LabError(Exception):
    """Something that the user can mend; its text says how."""


class Stopped(BaseException):
    """A signal asked the script to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def say(text: str) -> None:
    """Report progress, on stderr so that results stay alone on stdout."""
    print(f"  {text}", file=sys.stderr, flush=True)


# --- children and temporary folders ---------------------------------------

_children: set[subprocess.Popen[bytes]] = set()
_folders: set[Path] = set()
_guard = threading.Lock()
stopping = threading.Event()


def check_stopping() -> None:
    """Go no further where a signal has asked the script to end."""
    if stopping.is_set():
        raise Stopped(signal.SIGTERM)


def spawn(argv: Sequence[str | Path], *, cwd: Path | None = None,
          env: Mapping[str, str] | None = None,
          stdin: int | None = subprocess.DEVNULL,
          stdout: int | IO[Any] | None = None,
          stderr: int | IO[Any] | None = None,
          foreground: bool = False) -> subprocess.Popen[bytes]:
    """Start a child that cannot outlive this script.

    setpriv sets the parent-death signal, so even SIGKILL of the script ends
    the child; the group of its own lets all of its offspring be ended at once.
    A foreground child keeps the terminal's group, or it could not read keys.
    """
    line = ["setpriv", "--pdeathsig", "KILL", *map(str, argv)]
    check_stopping()
    try:
        child = subprocess.Popen(line, cwd=cwd, env=env, stdin=stdin,
                                 stdout=stdout, stderr=stderr,
                                 start_new_session=not foreground)
    except FileNotFoundError as error:
        raise LabError(f"{error.filename}: not found") from None
    with _guard:
        _children.add(child)
    return child


def reap(child: subprocess.Popen[bytes]) -> None:
    """End a child with all of its group, and forget it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(child.pid) == child.pid:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=10)
    with _guard:
        _children.discard(child)


def call(argv: Sequence[str | Path], *, cwd: Path | None = None,
         env: Mapping[str, str] | None = None,
         timeout: float | None = None,
         log: Path | None = None) -> tuple[int, str]:
    """Run a command to its end; returns its status and all it printed.

    With @log the output goes to that file as it comes, and is read back.
    Raises LabError where the command is missing or takes longer than @timeout
    seconds.
    """
    if log is None:
        with temp_folder() as folder:
            return call(argv, cwd=cwd, env=env, timeout=timeout,
                        log=folder / "output")
    with open(log, "wb") as out:
        child = spawn(argv, cwd=cwd, env=env, stdout=out,
                      stderr=subprocess.STDOUT)
        try:
            status = child.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{argv[0]}: no end after {timeout} s") from None
        finally:
            reap(child)
    check_stopping()
    return status, log.read_text(errors="replace")


@contextlib.contextmanager
def temp_folder(parent: Path | None = None, name: str = "") -> Iterator[Path]:
    """A folder that is gone afterwards, however the script ends."""
    path = Path(tempfile.mkdtemp(prefix="mm_lab." + name, dir=parent))
    with _guard:
        _folders.add(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        with _guard:
            _folders.discard(path)


def clean_up() -> None:
    """End every child and remove every temporary folder."""
    stopping.set()
    with _guard:
        children, folders = list(_children), list(_folders)
    for child in children:
        reap(child)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _on_signal(signum: int, _frame: types.FrameType | None) -> NoReturn:
    # A second signal must not cut the cleaning up short.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stopping.set()
    raise Stopped(signum)


def main_wrapper(main: Callable[[], int]) -> NoReturn:
    """Run @main as a script: one line for an error, nothing left behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_signal)
    status = 1
    try:
        status = main()
        sys.stdout.flush()
    except LabError as error:
        print(f"mm_lab: {error}", file=sys.stderr)
    except Stopped as stop:
        print(f"mm_lab: {signal.Signals(stop.signum).name}: stopped",
              file=sys.stderr)
        status = 128 + stop.signum
    except BrokenPipeError:
        # Nobody reads on (`make demo | head`); there is nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 128 + signal.SIGPIPE
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"mm_lab: {error.strerror}{where}; make room or access there "
              "and run it again", file=sys.stderr)
    finally:
        clean_up()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
    # Worker threads may still wait for children that were just ended.
    os._exit(status)


# --- the cache -------------------------------------------------------------

def cache() -> Path:
    """The folder of what is downloaded or built once."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = Path(base) / "mm_lab"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(path: Path, what: str, shared: bool = False) -> Iterator[None]:
    """Hold the lock of @path; says so when another run has it.

    The lock is the kernel's: it goes with the process, never stale. @shared is
    for those that only read.
    """
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    name = path.with_name(path.name + ".lock")
    name.parent.mkdir(parents=True, exist_ok=True)
    with open(name, "w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another run is at {what}; waiting for it")
            while not stopping.wait(0.2):
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(handle, how | fcntl.LOCK_NB)
                    break
            else:
                raise Stopped(signal.SIGTERM) from None
        yield


def cached(entry: Path, what: str, make: Callable[[Path], None]) -> Path:
    """Return the cache's @entry, made by @make if it is not there.

    @make fills a folder of another name, which gets its own name when it is
    whole: what a full disk or an interrupted run leaves is never taken for it.
    """
    if entry.is_dir():
        return entry
    with locked(entry, what):
        if entry.is_dir():
            return entry
        # The lock is ours, so a half entry here is one of a run that died.
        for stale in entry.parent.glob(f"mm_lab.{entry.name}.*"):
            shutil.rmtree(stale, ignore_errors=True)
        with temp_folder(entry.parent, entry.name + ".") as half:
            inner = half / "entry"
            inner.mkdir()
            make(inner)
            inner.rename(entry)
    return entry


def safe_name(text: str) -> str:
    """@text as one component of a path that no tool trips over."""
    return "".join(c if c.isalnum() or c in "._+-" else "-" for c in text)
