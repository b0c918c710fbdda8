"""A disk that loses power: a file system for SQLite that remembers every write until it is synced.

What was written since the last sync of a file may be there, or not, or in part: each sector of 512 bytes for itself. `image` gives one of the
states in which a disk may be found.
"""

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


class File:
    """What is on the disk for certain, and what has been written since."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.written: list[tuple[int, bytes]] = []

    def image(self, chance: random.Random) -> bytes:
        found = bytearray(self.synced)
        sectors = [sector for at, data in self.written for sector in _sectors(at, data)]
        kept = [sector for sector in sectors if chance.random() < 0.5]
        for at, data in kept:
            _put(found, at, data)
        return bytes(found)

    def sync(self) -> None:
        for at, data in self.written:
            _put(self.synced, at, data)
        self.written = []


class Disk(apsw.VFS):  # type: ignore[misc]
    """Passes everything on to the real one, and remembers."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.files: dict[str, File] = {}
        self.changed = changed
        """Called after everything that reaches the disk."""
        self.name = f"remembers {id(self)}"
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        return Opened(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:
        super().xDelete(name, sync)
        self.files.pop(name, None)

    def image(self, chance: random.Random, folder: Path) -> None:
        """The files as somebody may find them."""
        for name, file in self.files.items():
            (folder / Path(name).name).write_bytes(file.image(chance))


class Opened(apsw.VFSFile):  # type: ignore[misc]
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._file = disk.files.setdefault(path, File())
        self._disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, at: int) -> None:
        super().xWrite(data, at)
        self._file.written.append((at, bytes(data)))
        self._disk.changed()

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        # A shorter file may be found as it was, too; SQLite must not count on it before the sync.
        self._file.sync()
        del self._file.synced[size:]

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._file.sync()
        self._disk.changed()


def _sectors(at: int, data: bytes) -> list[tuple[int, bytes]]:
    """A write, cut at the borders of sectors."""
    cuts = [0, *range(SECTOR - at % SECTOR, len(data), SECTOR), len(data)]
    return [(at + first, data[first:last]) for first, last in pairwise(cuts)]


def _put(into: bytearray, at: int, data: bytes) -> None:
    if len(into) < at:
        into.extend(bytes(at - len(into)))
    into[at : at + len(data)] = data
