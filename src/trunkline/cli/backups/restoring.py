"""The verb: make a data folder of a backup.

Everything is checked before anything is touched: that the backup is whole and as it was written, that this program knows all
of it, that nothing lies where it is to go. Then it is copied under temporary names beside the places where it belongs, the
database in one transaction; the data folder gets its name last.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from trunkline import __version__, settings
from trunkline.cli.backups import choosing, databases
from trunkline.cli.backups.copying import copy_file, entry_of, sync_tree
from trunkline.cli.backups.manifest import (
    DATA,
    DATABASES,
    FORMAT,
    STORE,
    Entry,
    Head,
    NotABackup,
    read_entries,
    read_head,
)
from trunkline.cli.backups.taking import key_digests
from trunkline.cli.folder import ENVIRONMENT, prepare, read_environment
from trunkline.pipeline.steps import Progress, silent
from trunkline.platform.databases import databases as configured
from trunkline.platform.migrations import known_migrations
from trunkline.segments.layout import manifest_key
from trunkline.settings import Settings
from trunkline.store import LocalStore, Store, open_store, sync_folder

RESTORE_STEPS = (
    "verified",  # a file of the backup is as it was written (done of total)
    "copied",  # a file lies under a temporary name (done of total)
    "database",  # PostgreSQL holds the dump
    "store",  # a store elsewhere has its name
    "folder",  # the data folder has its name
)
_SEALING_KEYS = PurePosixPath("secrets", "sealing-keys")


class CannotRestore(Exception):
    """The text says why, and what to do."""


@dataclass(frozen=True)
class Restored:
    head: Head
    data: Path
    store: str
    """URL of the store that belongs to it."""
    left: int
    """Open segments that were left out, since the remote store has them whole by now."""


def restore(
    source: Path, data: Path, environment: Mapping[str, str], *, progress: Progress = silent
) -> Restored:
    """Restore into `data`, which must not exist or be empty; `environment` wins over the settings in the backup.

    Raises `NotABackup`, `CannotRestore`, `DatabaseNotCopied`, `SettingError`, and `OSError` where the disk fails.
    """
    head = read_head(source)
    _check_version(head)
    chosen = _settings(source, data, head, environment)
    total = _verify(source, progress)
    _check_keys(head, chosen)
    _check_room(head, chosen)
    return _Restoring(source, head, chosen, total, progress).restore()


def _check_version(head: Head) -> None:
    newer = sorted(set(head.migrations) - known_migrations())
    if head.format > FORMAT or newer or _numbers(head.version) > _numbers(__version__):
        told = f" (it has {newer[0]})" if newer else ""
        raise CannotRestore(
            f"the backup is of Trunkline {head.version}{told}, newer than this one ({__version__}): restore it with that "
            "version or a newer one"
        )


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def _settings(source: Path, data: Path, head: Head, environment: Mapping[str, str]) -> Settings:
    """As they will be; files of secrets are read where they lie now."""
    moved = {}
    for name, value in read_environment(source / DATA).items():
        is_file = name.endswith("_FILE")
        path = _moved(value, head.data, str(source / DATA if is_file else data))
        if head.secrets or not is_file or Path(path).exists():
            moved[name] = path
    return replace(settings.load({**moved, **environment}), data=data)


def _moved(value: str, old: str, new: str) -> str:
    """A setting that names a file below the old data folder names it below the new one."""
    if value == old or value.startswith(f"{old}/"):
        return new + value.removeprefix(old)
    url = Path(old).as_uri()
    return Path(new).as_uri() + value.removeprefix(url) if value.startswith(f"{url}/") else value


def _verify(source: Path, progress: Progress) -> int:
    """Raises `NotABackup` for the first file that is not as it was written. Returns how many there are."""
    total = sum(1 for _ in read_entries(source))
    for number, entry in enumerate(read_entries(source), 1):
        try:
            sound = entry_of(source, _inside(source, entry)) == entry
        except OSError as error:
            raise NotABackup(f"{source / entry.path} cannot be read ({error.strerror})") from None
        if not sound:
            raise NotABackup(f"{source / entry.path} is not as it was written: bring another backup")
        progress("verified", number, total)
    return total


def _inside(source: Path, entry: Entry) -> Path:
    path = PurePosixPath(entry.path)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in (DATA, STORE, DATABASES):
        raise NotABackup(f"{source}: {entry.path} is no path within a backup")
    return source / path


def _check_keys(head: Head, chosen: Settings) -> None:
    if missing := set(head.sealing_keys) - set(key_digests(chosen.sealing_keys)):
        raise CannotRestore(
            f"TRUNKLINE_SEALING_KEYS lacks {len(missing)} of the {len(head.sealing_keys)} keys that seal the secrets of this "
            "backup: without them no API key would work; set TRUNKLINE_SEALING_KEYS_FILE to your copy"
        )


def _check_room(head: Head, chosen: Settings) -> None:
    _check_empty(chosen.data, "--data")
    store = open_store(chosen.store_url)
    if isinstance(store, LocalStore):
        if head.store:
            raise CannotRestore(
                f"the backup belongs to the store {head.store}, which it does not hold: set TRUNKLINE_STORE to it"
            )
        _check_empty(store.root, "TRUNKLINE_STORE")
    elif head.store is None:
        raise CannotRestore(
            f"the backup holds a store and is restored into a folder only, not into {store.url}: leave TRUNKLINE_STORE out"
        )
    if (head.database == "postgresql") != bool(chosen.database_url):
        raise CannotRestore(f"the backup is of {head.database}: DATABASE_URL must name such a database")
    if chosen.database_url and (found := databases.tables_in(_database(chosen))):
        raise CannotRestore(
            f"the database of DATABASE_URL is not empty ({found} tables): give a new one (createdb)"
        )


def _check_empty(folder: Path, named: str) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotRestore(f"{named}: {folder} is not empty: give a new folder, or move what is there away")


def _database(chosen: Settings) -> dict[str, Any]:
    return configured(chosen)["default"]


class _Restoring:
    """One restoration of a backup that was found whole."""

    def __init__(self, source: Path, head: Head, chosen: Settings, total: int, progress: Progress) -> None:
        self._source, self._head, self._chosen = source, head, chosen
        self._total, self._progress = total, progress
        self._store: Store = open_store(chosen.store_url)
        self._data = _temporary(chosen.data)
        root = self._store.root if isinstance(self._store, LocalStore) else chosen.data / STORE
        self._elsewhere = root if not root.is_relative_to(chosen.data) else None
        self._objects = _temporary(root) if self._elsewhere else self._data / root.relative_to(chosen.data)
        self._left = 0

    def restore(self) -> Restored:
        for folder in (self._data, self._objects):
            # What a killed restoration left.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)
        for number, entry in enumerate(read_entries(self._source), 1):
            self._copy(entry)
            self._progress("copied", number, self._total)
        self._mend_environment()
        self._place_sealing_keys()
        self._restore_database()
        for temporary, place, step in self._renames():
            sync_tree(temporary)
            if place.exists():
                place.rmdir()
            temporary.replace(place)
            sync_folder(place.parent)
            self._progress(step, 1, 1)
        if not self._head.secrets and "TRUNKLINE_PLATFORM_URL" in read_environment(self._chosen.data):
            prepare(self._chosen.data, {})
        return Restored(self._head, self._chosen.data, self._store.url, self._left)

    def _renames(self) -> Iterator[tuple[Path, Path, str]]:
        if self._elsewhere:
            yield self._objects, self._elsewhere, "store"
        yield self._data, self._chosen.data, "folder"

    def _copy(self, entry: Entry) -> None:
        first, *rest = PurePosixPath(entry.path).parts
        below = PurePosixPath(*rest)
        if entry.path == f"{DATABASES}/{databases.DUMP}" or self._is_there(first, below):
            return
        folder = {DATA: self._data, DATABASES: self._data, STORE: self._objects}[first]
        with (self._source / entry.path).open("rb") as file:
            if copy_file(file, folder / below) != (entry.bytes, entry.sha256):
                raise NotABackup(f"{self._source / entry.path} has changed since it was verified")

    def _is_there(self, first: str, below: PurePosixPath) -> bool:
        """A collector that finds the beginning of a segment seals it: not over the whole one that was uploaded since."""
        segment = choosing.open_segment(below) if first == DATA else None
        if segment is None or isinstance(self._store, LocalStore):
            return False
        there = self._store.exists(manifest_key(segment))
        self._left += there
        return there

    def _mend_environment(self) -> None:
        path = self._data / ENVIRONMENT
        if not path.exists():
            return
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("".join(f"{self._mended(line)}\n" for line in lines), encoding="utf-8")

    def _mended(self, line: str) -> str:
        name, equals, value = line.partition("=")
        return f"{name}{equals}{_moved(value.strip(), self._head.data, str(self._chosen.data))}"

    def _place_sealing_keys(self) -> None:
        """Where `up` looks for them: it would make new ones, and nothing that was sealed could be opened."""
        path, place = self._data / _SEALING_KEYS, self._chosen.data / _SEALING_KEYS
        if path.exists() or read_environment(self._data).get("TRUNKLINE_SEALING_KEYS_FILE") != str(place):
            return
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self._chosen.sealing_keys + "\n")

    def _restore_database(self) -> None:
        if self._chosen.database_url:
            dump = self._source / DATABASES / databases.DUMP
            databases.restore_postgres(_database(self._chosen), dump)
            self._progress("database", 1, 1)


def _temporary(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.restoring")
