"""The manifest of a backup: what it holds, written last. A folder without one is no backup.

Lines of JSON, so that nobody needs all of them in memory: a head, an entry for each file, a foot with the digest of all lines
before it.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from trunkline.store import sync_folder

FORMAT = 1
NAME = "manifest.ndjson"
DATA, STORE, DATABASES = "data", "store", "databases"
"""The folders of a backup."""


class NotABackup(Exception):
    """A folder holds no whole backup, or something in it is not as it was written; the text says what."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    format: int = FORMAT
    version: str
    """Of the program."""
    taken: str
    """When it was begun: a moment in UTC, ISO 8601."""
    data: str
    """Path of the data folder; settings in it name files below it."""
    database: str
    """sqlite or postgresql."""
    store: str | None
    """URL of the store where it is remote, and so not in the backup."""
    migrations: list[str]
    """Those that had been applied, as `app.name`."""
    secrets: bool
    sealing_keys: list[str]
    """Digests of the keys that open what is sealed in the database."""


class Entry(msgspec.Struct, frozen=True):
    """One file, by its path below the backup's folder."""

    path: str
    bytes: int
    sha256: str


class Foot(msgspec.Struct, frozen=True):
    files: int
    bytes: int
    sha256: str
    """Of the lines before this one."""


class ManifestWriter:
    """Entries are added as files become durable; `finish` makes it a backup."""

    def __init__(self, folder: Path, head: Head) -> None:
        self._path = folder / NAME
        self._file = self._path.with_suffix(".part").open("xb")
        self._digest = hashlib.sha256()
        self._files = self._bytes = 0
        self._line(head)

    def add(self, entry: Entry) -> None:
        self._files += 1
        self._bytes += entry.bytes
        self._line(entry)

    def finish(self) -> Foot:
        foot = Foot(self._files, self._bytes, self._digest.hexdigest())
        self._line(foot)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        Path(self._file.name).replace(self._path)
        sync_folder(self._path.parent)
        return foot

    def close(self) -> None:
        """Leave an unfinished one as it is."""
        self._file.close()

    def _line(self, what: msgspec.Struct) -> None:
        line = msgspec.json.encode(what) + b"\n"
        self._digest.update(line)
        self._file.write(line)


def read_head(folder: Path) -> Head:
    """Raises `NotABackup`."""
    try:
        with (folder / NAME).open("rb") as file:
            return msgspec.json.decode(file.readline(), type=Head)
    except FileNotFoundError:
        begun = (folder / NAME).with_suffix(".part").exists()
        why = "a backup was begun there and did not end" if begun else f"it has no {NAME}"
        raise NotABackup(f"{folder} is no backup: {why}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _damaged(folder, 1) from None


def read_entries(folder: Path) -> Iterator[Entry]:
    """All entries, of a manifest that turns out to be whole. Raises `NotABackup`, at the end at the latest."""
    digest, files, size = hashlib.sha256(), 0, 0
    with (folder / NAME).open("rb") as file:
        before = file.readline()
        for number, line in enumerate(file, 2):
            digest.update(before)
            before = line
            try:
                found = _entry_or_foot(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise _damaged(folder, number) from None
            if isinstance(found, Foot):
                if found != Foot(files, size, digest.hexdigest()) or file.read(1):
                    raise _damaged(folder, number)
                return
            files, size = files + 1, size + found.bytes
            yield found
    raise NotABackup(f"{folder} is no whole backup: its {NAME} does not end")


def _entry_or_foot(line: bytes) -> Entry | Foot:
    if line.startswith(b'{"files":'):
        return msgspec.json.decode(line, type=Foot)
    return msgspec.json.decode(line, type=Entry)


def _damaged(folder: Path, number: int) -> NotABackup:
    return NotABackup(f"{folder / NAME}, line {number}: not as it was written")
