"""The verb: take a backup while everything runs.

Nothing that others name may be missing from it, so what names is copied first, and what is named, after that: the catalogue's
rows before the files and segments, a manifest before its events. Only retention removes what is named; it waits until the
backup ends. Events that were acknowledged before it began lie in a collector's open segment or, sealed, in the store: open
segments are copied first, so that one which is sealed meanwhile is met in the store.

The manifest is written last: killed anywhere before, there is no backup.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from trunkline import __version__
from trunkline.cli.backups import choosing, databases
from trunkline.cli.backups.copying import copy_file, entry_of, sync_tree, walk
from trunkline.cli.backups.manifest import DATA, DATABASES, STORE, Entry, Foot, Head, ManifestWriter
from trunkline.cli.folder import ENVIRONMENT
from trunkline.pipeline.catalogue import LeaseHeld
from trunkline.pipeline.steps import Progress, silent
from trunkline.platform.databases import CATALOGUE
from trunkline.platform.databases import databases as configured
from trunkline.segments.layout import manifest_key
from trunkline.settings import Settings
from trunkline.store import LocalStore, open_store

BACKUP_STEPS = (
    "databases",  # a database is copied (done of total)
    "collected",  # a file that a collector still writes is copied
    "store",  # an object of the store is copied (done of about total)
    "folder",  # a file of the data folder is copied
    "synced",  # all of it is durable; what is left is the manifest
)
_PATIENCE_S = 120


class CannotBackUp(Exception):
    """The text says why, and what to do."""


@dataclass
class Taken:
    """What a backup holds, and what it could not hold."""

    foot: Foot
    store: str | None
    """URL of a remote store, which is not in it."""
    lost: list[str] = field(default_factory=list)
    """Objects that the catalogue names and the store does not have: some of them; they were lost before."""
    outside: list[str] = field(default_factory=list)
    """Files that settings name and that lie outside the data folder."""


def take(
    settings: Settings,
    target: Path,
    retention_waits: Callable[[], AbstractContextManager[None]],
    *,
    secrets: bool = True,
    progress: Progress = silent,
) -> Taken:
    """Copy everything that cannot be made again to a new folder.

    `retention_waits`: for the length of a block nothing is removed; raises `LeaseHeld` where a removal is at work. Raises
    `CannotBackUp`, `DatabaseNotCopied`, and `OSError` where the disk fails.
    """
    _check_target(settings, target)
    with _patiently(retention_waits), ExitStack() as stack:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        backup = _Backup(settings, target, secrets, progress)
        stack.callback(backup.close)
        return backup.take()


def _check_target(settings: Settings, target: Path) -> None:
    store = open_store(settings.store_url)
    for folder in {settings.data, store.root if isinstance(store, LocalStore) else settings.data}:
        if target.resolve().is_relative_to(folder.resolve()):
            raise CannotBackUp(f"{target} lies in {folder}, which is to be copied: give a folder elsewhere")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotBackUp(
            f"{target} is not empty: give a new folder, or remove what a killed backup left there"
        )


def _patiently(waits: Callable[[], AbstractContextManager[None]]) -> ExitStack:
    """Enter, once a removal that is at work has ended."""
    stack, deadline = ExitStack(), time.monotonic() + _PATIENCE_S
    while True:
        try:
            stack.enter_context(waits())
        except LeaseHeld as held:
            if time.monotonic() > deadline:
                raise CannotBackUp(
                    f"what is past its time is still being removed ({held}); try again"
                ) from None
            time.sleep(1)
        else:
            return stack


class _Backup:
    """One backup in the making."""

    def __init__(self, settings: Settings, target: Path, secrets: bool, progress: Progress) -> None:
        self._settings, self._target, self._secrets, self._progress = settings, target, secrets, progress
        store = open_store(settings.store_url)
        self._store = store if isinstance(store, LocalStore) else None
        self._listed = target / ".listed"
        self._read = target / ".read"
        self._done = self._total = 0
        self._manifest: ManifestWriter | None = None
        self._lost: list[str] = []

    def close(self) -> None:
        if self._manifest:
            self._manifest.close()

    def take(self) -> Taken:
        taken = datetime.now(UTC).isoformat(timespec="seconds")
        copies, migrations = self._copy_databases()
        self._manifest = ManifestWriter(self._target, self._head(taken, migrations))
        for entry in copies:
            self._manifest.add(entry)
        collected = self._copy_collected()
        if self._store:
            self._copy_store(self._store)
        self._settle(collected)
        self._copy_folder()
        for scratch in (self._listed, self._read):
            scratch.unlink()
        sync_tree(self._target)
        self._progress("synced", 1, 1)
        return Taken(self._manifest.finish(), self._remote, self._lost, list(_outside(self._settings)))

    @property
    def _remote(self) -> str | None:
        return None if self._store else open_store(self._settings.store_url).url

    def _head(self, taken: str, migrations: list[str]) -> Head:
        return Head(
            version=__version__,
            taken=taken,
            data=str(self._settings.data),
            database="postgresql" if self._settings.database_url else "sqlite",
            store=self._remote,
            migrations=migrations,
            secrets=self._secrets,
            sealing_keys=key_digests(self._settings.sealing_keys),
        )

    def _copy_databases(self) -> tuple[list[Entry], list[str]]:
        """The catalogue first: it names accounts and keys of the record, never the other way round."""
        folder = self._target / DATABASES
        known = configured(self._settings)
        migrations: set[str] = set()

        def read(rows: databases.Reader) -> None:
            migrations.update(f"{app}.{name}" for app, name in rows(databases.MIGRATIONS))
            _write_keys(self._listed, rows(databases.LISTED))
            _write_keys(self._read, rows(databases.READ))

        if self._settings.database_url:
            copies = [folder / databases.DUMP]
            databases.dump_postgres(known["default"], copies[0], read)
        else:
            copies = [folder / Path(known[alias]["NAME"]).name for alias in (CATALOGUE, "default")]
            for copy in copies:
                databases.copy_sqlite(self._settings.data / copy.name, copy)
                self._progress("databases", copies.index(copy) + 1, len(copies))
            read(lambda query: databases.read_sqlite(copies[0], query))
            record = databases.read_sqlite(copies[1], databases.MIGRATIONS)
            migrations.update(f"{app}.{name}" for app, name in record)
        return [entry_of(self._target, copy) for copy in copies], sorted(migrations)

    def _copy_collected(self) -> list[Entry]:
        """What collectors hold; which of it counts is known when the store is copied."""
        data, copied = self._settings.data, []
        for path in walk(data / "collector"):
            below = PurePosixPath(path.relative_to(data))
            if choosing.is_taken(below, secrets=True) and (entry := self._copied(path, DATA / below)):
                copied.append(entry)
                self._progress("collected", len(copied), len(copied))
        return copied

    def _copy_store(self, store: LocalStore) -> None:
        self._total = sum(1 for _ in _objects(store)) + sum(1 for _ in _keys_in(self._listed))
        for stage in range(choosing.STAGES):
            for key in _objects(store):
                if choosing.stage_of(key) == stage and (
                    stage != choosing.EVENTS_STAGE or self._has(manifest_key(key))
                ):
                    self._copy_object(store, key)
        for key in _keys_in(self._listed):
            self._copy_object(store, key, named=True)
        for key in _keys_in(self._read):
            self._miss(key, unless=self._has(key))

    def _copy_object(self, store: LocalStore, key: str, *, named: bool = False) -> None:
        entry = self._copied(store.local(key), PurePosixPath(STORE, key))
        self._miss(key, unless=bool(entry) or not named)
        if entry:
            self._add(entry)
            self._progress("store", self._done, max(self._done, self._total))

    def _miss(self, key: str, *, unless: bool) -> None:
        if not unless and len(self._lost) < 10:
            self._lost.append(key)

    def _settle(self, collected: Iterable[Entry]) -> None:
        """A segment that was sealed meanwhile is whole in the store: the beginning of it must not be sealed over it."""
        for entry in collected:
            segment = choosing.open_segment(PurePosixPath(entry.path).relative_to(DATA))
            if segment and self._has(manifest_key(segment)):
                (self._target / entry.path).unlink()
            else:
                self._add(entry)

    def _copy_folder(self) -> None:
        data = self._settings.data
        for path in walk(data):
            below = PurePosixPath(path.relative_to(data))
            if below.parts[0] == "collector" or not choosing.is_taken(below, secrets=self._secrets):
                continue
            entry = self._environment(path) if str(below) == ENVIRONMENT else self._copied(path, DATA / below)
            if entry:
                self._add(entry)
                self._progress("folder", self._done, max(self._done, self._total))

    def _environment(self, path: Path) -> Entry:
        copy = self._target / DATA / ENVIRONMENT
        copy.parent.mkdir(exist_ok=True, mode=0o700)
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = lines if self._secrets else choosing.without_secrets(lines)
        copy.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        copy.chmod(0o600)
        return entry_of(self._target, copy)

    def _copied(self, source: Path, name: PurePosixPath) -> Entry | None:
        """None where the file has vanished: it was sealed, uploaded, or replaced by its writer."""
        with suppress(FileNotFoundError), source.open("rb") as file:
            return Entry(str(name), *copy_file(file, self._target / name))
        return None

    def _add(self, entry: Entry) -> None:
        assert self._manifest is not None
        self._manifest.add(entry)
        self._done += 1

    def _has(self, key: str) -> bool:
        return (self._target / STORE / key).exists()


def key_digests(sealing_keys: str) -> list[str]:
    """What tells of sealing keys without telling them: each is 32 random bytes."""
    keys = [key.strip() for key in sealing_keys.split(",") if key.strip()]
    return [hashlib.sha256(b"trunkline sealing key " + key.encode()).hexdigest() for key in keys]


def _objects(store: LocalStore) -> Iterator[str]:
    """The keys that are taken by their names alone."""
    folders = sorted(store.root.iterdir()) if store.root.is_dir() else []
    for folder in folders:
        if folder.name not in choosing.NOT_BY_NAME:
            for path in walk(folder):
                if not path.name.startswith("."):
                    yield path.relative_to(store.root).as_posix()


def _outside(settings: Settings) -> Iterable[str]:
    """Files of certificates that are not in the data folder."""
    for path in (settings.tls_certificate, settings.tls_key):
        if path and not path.is_relative_to(settings.data):
            yield str(path)


def _write_keys(path: Path, rows: Iterable[tuple[Any, ...]]) -> None:
    """Keys of the store, one a line: there may be more than should be in memory."""
    with path.open("wb") as file:
        for row in rows:
            file.write(msgspec.json.Encoder().encode_lines([key for key in row if key]))


def _keys_in(path: Path) -> Iterable[str]:
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line, type=str)
