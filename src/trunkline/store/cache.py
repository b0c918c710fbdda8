"""Objects of a remote store on a local disk: bounded, the longest unused removed first.

An object lies once in `objects`. Whoever needs a path to it holds a second name of the same file in a folder of its own, so
that it stays whatever is removed meanwhile, by this process or another. Objects never change: a copy is never out of date.
"""

import atexit
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trunkline.store.local import make_folder

CACHE_BYTES = 4 * 2**30

Fetch = Callable[[Path], None]
"""Writes an object to a path, synced."""


@dataclass(frozen=True)
class Cache:
    """For one store; the folder may be shared by processes."""

    folder: Path
    most_bytes: int
    keeps: bool
    """What is uploaded stays, as far as there is room."""

    def hold(self) -> "Hold":
        """A place for the names of whoever needs objects for a while; `release` it."""
        holds = self._made() / "held"
        with _alone(self.folder):
            _remove_forgotten(holds)
            folder = Path(tempfile.mkdtemp(dir=holds))
            return Hold(self, folder, _locked(folder))

    def keep(self, path: Path, key: str) -> None:
        """Take over a file that was just uploaded and may soon be read, or remove it."""
        if self.keeps:
            # Another disk, or a full one: it can be fetched again.
            with suppress(OSError):
                self._made()
                path.replace(self.place(key))
                self.trim()
        path.unlink(missing_ok=True)

    def drop(self, key: str) -> None:
        """Forget an object that was replaced or deleted."""
        self.place(key).unlink(missing_ok=True)

    def trim(self) -> None:
        """Remove the longest unused objects down to the bound. A held one goes from the cache and stays with its holder."""
        found = []
        for entry in os.scandir(self._objects):
            with suppress(FileNotFoundError):
                status = entry.stat()
                found.append((status.st_mtime_ns, status.st_size, entry.path))
        surplus = sum(size for _, size, _ in found) - self.most_bytes
        for _, size, path in sorted(found):
            if surplus <= 0:
                break
            Path(path).unlink(missing_ok=True)
            surplus -= size

    @property
    def _objects(self) -> Path:
        return self.folder / "objects"

    def _made(self) -> Path:
        """The folder, with what is in it. Raises `OSError` where other users can come in."""
        make_folder(self.folder.parent.parent)
        _make_own(self.folder.parent)
        make_folder(self._objects)
        make_folder(self.folder / "held")
        return self.folder

    def place(self, key: str) -> Path:
        # No key has a tilde.
        return self._objects / key.replace("/", "~")


def default_folder() -> Path:
    """For whoever names no other: one for all processes of this user."""
    return Path(tempfile.gettempdir()) / f"trunkline-store-{os.getuid()}"


@cache
def process_hold(cache: Cache, process: int) -> "Hold":
    """A hold that lasts as long as this process; what it leaves when it is killed goes with the next hold."""
    hold = cache.hold()

    def release() -> None:
        # Not in a child that was forked meanwhile.
        if os.getpid() == process:
            hold.release()

    atexit.register(release)
    return hold


def _make_own(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(
            errno.EPERM, "the cache of a store is a folder of its user alone (chmod 700)", str(folder)
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Hold:
    """A folder with a name for every object that somebody needs; locked as long as its process lives."""

    def __init__(self, cache: Cache, folder: Path, lock: int) -> None:
        self._cache, self._folder, self._lock = cache, folder, lock

    def path(self, key: str, fetch: Fetch) -> Path:
        """The object's path; fetched where the cache does not have it."""
        stored = self._cache.place(key)
        held = self._folder / stored.name
        if held.exists():
            return held
        try:
            os.utime(stored)
            _link(stored, held)
        except FileNotFoundError:
            self._fetch(fetch, stored, held)
        return held

    def release(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)

    def _fetch(self, fetch: Fetch, stored: Path, held: Path) -> None:
        # What a killed process leaves here goes with its folder.
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        os.close(descriptor)
        temporary = Path(name)
        try:
            fetch(temporary)
            _link(temporary, held)
            temporary.replace(stored)
        finally:
            temporary.unlink(missing_ok=True)
        self._cache.trim()


def _link(existing: Path, name: Path) -> None:
    # Two threads may fetch the same object, and get the same bytes.
    with suppress(FileExistsError):
        name.hardlink_to(existing)


def _locked(folder: Path) -> int:
    """A descriptor that locks the folder. Raises `OSError` where it is locked."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_forgotten(holds: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder in holds.iterdir():
        try:
            lock = _locked(folder)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.ENOENT):
                continue
            raise
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
