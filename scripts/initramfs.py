# SPDX-License-Identifier: GPL-2.0
"""An initramfs, written without root and without cpio.

The format is "newc" of Documentation/driver-api/early-userspace/
buffer-format.rst. It is left uncompressed: QEMU hands it over in one piece,
and the guest need not unpack it at emulated speed.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Initramfs:
    """Files by their path in the guest, in the order they were added."""

    _data: bytearray = field(default_factory=bytearray)
    _seen: set[str] = field(default_factory=set)
    _inode: int = 0

    def _add(self, path: str, mode: int, body: bytes = b"",
             device: tuple[int, int] = (0, 0)) -> None:
        name = path.encode() + b"\0"
        self._inode += 1
        # ino mode uid gid nlink mtime size devmajor devminor rdev rdev name
        # and a checksum that "newc" leaves at zero.
        numbers = (self._inode, mode, 0, 0, 1, 0, len(body), 0, 0,
                   device[0], device[1], len(name), 0)
        self._data += b"070701" + b"".join(b"%08X" % n for n in numbers)
        self._data += name
        self._pad()
        self._data += body
        self._pad()

    def _pad(self) -> None:
        self._data += b"\0" * (-len(self._data) % 4)

    def _parents(self, path: str) -> None:
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            self.folder("/".join(parts[:depth]))

    def folder(self, path: str) -> None:
        """Add a folder, once, with its parents."""
        if path not in self._seen:
            self._seen.add(path)
            self._parents(path)
            self._add(path, stat.S_IFDIR | 0o755)

    def data(self, path: str, body: bytes, mode: int = 0o644) -> None:
        """Add a file of the given contents."""
        self._parents(path)
        self._add(path, stat.S_IFREG | mode, body)

    def file(self, path: str, source: Path, mode: int = 0o644) -> None:
        """Add a copy of the host's file."""
        self.data(path, source.read_bytes(), mode)

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link."""
        self._parents(path)
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def node(self, path: str, major: int, minor: int) -> None:
        """Add a character device."""
        self._parents(path)
        self._add(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def write(self, path: Path) -> None:
        """Write the archive with its trailer."""
        whole = Initramfs(bytearray(self._data), set(self._seen), self._inode)
        whole._add("TRAILER!!!", 0)
        path.write_bytes(whole._data)
