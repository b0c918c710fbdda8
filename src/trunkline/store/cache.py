"""Objects of a remote store on a local disk: bounded, the longest unused removed first.

An object lies once in `objects`. Whoever needs a path to it holds a second name of the same file in a folder of its own, so
that it stays whatever is removed meanwhile, by this process or another. Objects never change: a copy is never out of date.
"""

import errno
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trunkline.store.local import make_folder

CACHE_BYTES = 4 * 2**30

Fetch = Callable[[Path], None]
"""Writes an object to a path, synced."""


class Cache:
    """For one store. `folder` may be shared by processes; without one it is a temporary folder of this process."""

    def __init__(self, folder: Path | None = None, most_bytes: int = CACHE_BYTES) -> None:
        self._lasts = folder is not None
        self._folder = folder
        self._most_bytes = most_bytes

    def hold(self) -> "Hold":
        """A place for the names of whoever needs objects for a while; `release` it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="trunkline-store-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        holds = self._folder / "held"
        make_folder(holds)
        with _alone(self._folder):
            _remove_forgotten(holds)
            folder = Path(tempfile.mkdtemp(dir=holds))
            return Hold(self, folder, _locked(folder))

    def keep(self, path: Path, key: str) -> None:
        """Take over a file that was just uploaded and may soon be read; a temporary cache removes it."""
        if self._lasts:
            # Another disk, or a full one: it can be fetched again.
            with suppress(OSError):
                path.replace(self.place(key))
                self.trim()
        path.unlink(missing_ok=True)

    def drop(self, key: str) -> None:
        """Forget an object that was replaced or deleted."""
        if self._folder is not None:
            self.place(key).unlink(missing_ok=True)

    def trim(self) -> None:
        """Remove the longest unused objects down to the bound. A held one goes from the cache and stays with its holder."""
        found = []
        for entry in os.scandir(self._objects()):
            with suppress(FileNotFoundError):
                status = entry.stat()
                found.append((status.st_mtime_ns, status.st_size, entry.path))
        surplus = sum(size for _, size, _ in found) - self._most_bytes
        for _, size, path in sorted(found):
            if surplus <= 0:
                break
            Path(path).unlink(missing_ok=True)
            surplus -= size

    def place(self, key: str) -> Path:
        # No key has a tilde.
        return self._objects() / key.replace("/", "~")

    def _objects(self) -> Path:
        assert self._folder is not None, "a temporary cache has its folder from its first hold on"
        objects = self._folder / "objects"
        make_folder(objects)
        return objects


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
