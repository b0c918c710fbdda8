"""Bring a folder up to date: every data file of an account and a data type, each exactly once.

What may be killed at any point, and is taken up again by the next call:

1. a file is downloaded under a temporary name, checked, synced, renamed;
2. it is converted, where tables are asked for, in the same way;
3. the journal notes it, synced; from then on it is never asked for again;
4. once nothing of the window is left, the journal notes how far the folder is complete, where the next call begins.

The next call looks back over `OVERLAP`, since a file may appear hours after its scope.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from trunkline.client.data_access import DataAccess, checked_data_type
from trunkline.client.decryption import Decryptor, NotDecrypted
from trunkline.client.errors import ClientError, CorruptFile
from trunkline.client.gunzip import LocalFile
from trunkline.client.journal import Journal, Taken, open_journal
from trunkline.client.listing import RemoteFile
from trunkline.client.records import read_objects

if TYPE_CHECKING:
    from trunkline.client.tables import ColumnTypes

Form = Literal["files", "parquet", "ndjson"]

FIRST_WINDOW = timedelta(days=30)
"""How far back a first pull reaches: files are kept for so long."""
OVERLAP = timedelta(hours=48)
"""Files are published up to 6 hours after their sessions closed in 99.5 % of cases; the rest takes longer."""
ORIGINALS = ".originals"
"""Where files wait to become tables."""
AHEAD = timedelta(hours=1)
"""The running hour, and clocks that differ."""


class Watcher(Protocol):
    """Who is told of progress."""

    def found(self, files: int) -> None:
        """So many more files are to be taken."""

    def received(self, size: int) -> None:
        """So many bytes arrived."""

    def finished(self, name: str) -> None:
        """A file is done, well or badly."""


class Nobody:
    """A watcher that looks away."""

    def found(self, files: int) -> None: ...

    def received(self, size: int) -> None: ...

    def finished(self, name: str) -> None: ...


@dataclass
class Pulled:
    """What one call did."""

    folder: Path
    taken: list[Taken] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)
    """Files that could not be taken, with what is wrong; the next call tries them again."""
    known: int = 0
    """Files in the window that the folder had already."""


def pull(
    source: DataAccess,
    data_type: str,
    to: Path,
    *,
    form: Form = "files",
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
    watcher: Watcher | None = None,
    decryptor: Decryptor | None = None,
) -> Pulled:
    """Take what is new into `<to>/<account>/<data type>/`.

    Without `since`, a first call reaches back 30 days and a later one begins where the folder is complete, less the
    overlap. Without `until`, it goes on to the present of the server. With a decryptor, encrypted values stand in clear in the
    tables; files stay as they are published. Raises `ClientError` and `OSError`; what was taken before stays taken.
    """
    if decryptor and form == "files":
        raise ValueError("files stay as they are published; to decrypt, take tables: parquet or ndjson")
    now = now or datetime.now(UTC)
    watcher = watcher or Nobody()
    folder = to / source.account / checked_data_type(data_type)
    with open_journal(folder / f".taken-{form}.jsonl") as journal:
        start = since or _start(journal, now)
        listed, complete = _list(source, data_type, start, until, now)
        wanted = [file for file in listed if file.name not in journal.taken]
        pulled = Pulled(folder, known=len(listed) - len(wanted))
        taker = _Taker(source, folder, form, journal, watcher, decryptor)
        taker.forget_originals()
        watcher.found(len(wanted))
        for file in wanted:
            taker.take(file, pulled)
        if not pulled.damaged and _continues(journal, start):
            journal.advance(_milliseconds(complete))
    return pulled


def _start(journal: Journal, now: datetime) -> datetime:
    if journal.complete_until is None:
        return now - FIRST_WINDOW
    return datetime.fromtimestamp(journal.complete_until / 1000, UTC) - OVERLAP


def _continues(journal: Journal, start: datetime) -> bool:
    """Whether nothing lies untaken between what was complete before and what is now."""
    return journal.complete_until is None or _milliseconds(start) <= journal.complete_until


def _list(
    source: DataAccess, data_type: str, start: datetime, until: datetime | None, now: datetime
) -> tuple[list[RemoteFile], datetime]:
    """The files from `start` on, and the instant up to which they are complete.

    A server whose clock is ahead, as in a demonstration at speed, says so; it is followed to its own present. Where the
    server says nothing, the files are taken to be complete up to the newest one, and up to the overlap before now.
    """
    end = until or max(now, start + OVERLAP) + AHEAD
    if end <= start:
        raise ClientError(
            f"nothing to ask for: {start:%Y-%m-%d %H:%M} is not before {end:%Y-%m-%d %H:%M} UTC"
        )
    listing = source.listing(data_type, start, end)
    files = {file.name: file for file in listing.files}
    complete = listing.complete_until or max([now - OVERLAP, *(file.scope_end for file in listing.files)])
    while until is None and listing.complete_until and listing.complete_until >= end:
        begin, end = end, listing.complete_until + AHEAD
        listing = source.listing(data_type, begin, end)
        files |= {file.name: file for file in listing.files}
        complete = listing.complete_until or complete
    return sorted(files.values(), key=lambda file: (file.scope_start, file.name)), min(complete, end)


@dataclass
class _Taker:
    """One folder while it is brought up to date."""

    source: DataAccess
    folder: Path
    form: Form
    journal: Journal
    watcher: Watcher
    decryptor: Decryptor | None
    _schemas: dict[str, Any] = field(default_factory=dict)

    def take(self, file: RemoteFile, pulled: Pulled) -> None:
        try:
            local = self.source.download(file, self._place(file), on_bytes=self.watcher.received)
            fact = self._deliver(file, local)
        except (CorruptFile, NotDecrypted) as error:
            pulled.damaged[file.name] = str(error)
        else:
            self.journal.add(fact)
            pulled.taken.append(fact)
            self.forget_originals()
        self.watcher.finished(file.name)

    def forget_originals(self) -> None:
        """Remove what has become tables; a kill can leave one that the journal knows already."""
        for path in (self.folder / ORIGINALS).glob("*.gz"):
            if path.name in self.journal.taken:
                path.unlink()

    def _place(self, file: RemoteFile) -> Path:
        """Where the original goes: beside the tables only if an earlier pull kept it there."""
        kept = self.form == "files" or (self.folder / file.name).exists()
        return self.folder if kept else self.folder / ORIGINALS

    def _deliver(self, file: RemoteFile, local: LocalFile) -> Taken:
        scope_start = _milliseconds(file.scope_start)
        if self.form == "files":
            outputs, sessions, rows = [local.path], sum(1 for _ in read_objects(local.path)), 0
        else:
            # Polars takes a third of a second to import; who only wants the files need not wait for it.
            from trunkline.client.tables import write_tables

            outputs, sessions, rows = write_tables(
                local.path, self.folder, self.form, scope_start, self._column_types, self.decryptor
            )
        return Taken(
            taken=file.name,
            sha256=local.sha256,
            size=local.size,
            scope_start=scope_start,
            supersedes=file.supersedes,
            sessions=sessions,
            rows=rows,
            outputs=tuple(str(path.relative_to(self.folder)) for path in outputs),
        )

    def _column_types(self, kind: str, version: str) -> "ColumnTypes":
        """What the server's schema says; nothing where it has none for this version."""
        from trunkline.client.column_types import column_types

        if version not in self._schemas:
            try:
                self._schemas[version] = self.source.schema(version)
            except (ClientError, ValueError):
                self._schemas[version] = None
        return column_types(self._schemas[version], kind)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
