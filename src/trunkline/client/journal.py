"""What a folder has already taken: a file of JSON lines, one fact per line, synced before the next file begins.

    {"taken": "Agent.….gz", "sha256": "…", "size": 5120, "scopeStart": 1466586000000, "supersedes": [], "sessions": 12, …}
    {"completeUntil": 1466589600000}

A kill can leave half a last line; it is cut off when the journal is opened again, and its file is taken up where it
stands on the disk.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from trunkline.client.durable import sync
from trunkline.client.errors import ClientError


class FolderInUse(ClientError):
    """Another pull works on this folder."""


class JournalDamaged(ClientError):
    """The journal of a folder cannot be read."""


class Taken(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A data file that has been delivered into the folder."""

    taken: str
    sha256: str
    size: int
    scope_start: int
    """Epoch milliseconds."""
    supersedes: tuple[str, ...] = ()
    sessions: int = 0
    rows: int = 0
    outputs: tuple[str, ...] = ()
    """Paths below the folder."""


class Journal:
    """The facts of one folder; made by `open_journal`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.taken: dict[str, Taken] = {}
        self.complete_until: int | None = None
        """Everything before this instant (epoch ms) has been taken."""
        self._load()

    def add(self, fact: Taken) -> None:
        self._append(msgspec.json.encode(fact))
        self.taken[fact.taken] = fact

    def advance(self, complete_until: int) -> None:
        """Note that everything before `complete_until` is taken; never goes back."""
        if self.complete_until is None or complete_until > self.complete_until:
            self._append(msgspec.json.encode({"completeUntil": complete_until}))
            self.complete_until = complete_until

    def _append(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _load(self) -> None:
        lines = self._file.read().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            self._file.truncate(sum(map(len, lines[:-1])))
            del lines[-1]
        for number, line in enumerate(lines, 1):
            try:
                self._read(line)
            except (msgspec.DecodeError, KeyError) as error:
                raise JournalDamaged(f"{self._file.name}, line {number}: {error}") from None

    def _read(self, line: bytes) -> None:
        fact: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
        if "taken" in fact:
            taken = msgspec.convert(fact, Taken)
            self.taken[taken.taken] = taken
        else:
            self.complete_until = int(fact["completeUntil"])


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """The journal at `path`, for this process alone. Raises `FolderInUse`, `JournalDamaged`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            # Goes with the process, however that ends.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"another pull works on {path.parent}") from None
        sync(path.parent)
        file.seek(0)
        yield Journal(file)
