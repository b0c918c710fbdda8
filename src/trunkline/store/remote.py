"""A store made of a remote place and a cache on the local disk."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trunkline.store.cache import Cache, Hold, process_hold
from trunkline.store.contract import Store, StoreUnavailable, check_key
from trunkline.store.objects import Objects

BLOCK = 2**20
"""The least that `open` asks the place for: each request costs a round trip."""
FETCH_BLOCK = 16 * 2**20


class RemoteStore:
    """Safe for several threads."""

    def __init__(
        self,
        url: str,
        objects: Objects,
        cache: Cache,
        reopen: Callable[[str], Store],
        hold: Hold | None = None,
    ) -> None:
        self._url = url
        self._reopen = reopen
        self._objects = objects
        self._cache = cache
        self._hold = hold

    def __repr__(self) -> str:
        return f"RemoteStore({self._url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reopen, (self._url,)

    @property
    def url(self) -> str:
        return self._url

    def write(self, key: str, data: bytes) -> None:
        self._objects.put(check_key(key), data)
        self._cache.drop(key)

    def adopt(self, path: Path, key: str) -> None:
        if not path.exists() and self.exists(key):
            return
        path.stat()  # what is missing here must not look like something missing there
        self._objects.put_file(check_key(key), path)
        self._cache.keep(path, key)

    def read(self, key: str) -> bytes:
        return self._objects.get(check_key(key))

    def open(self, key: str) -> io.BufferedReader:
        reading = _Reading(self._objects, key, self._objects.size(check_key(key)))
        return io.BufferedReader(reading, BLOCK)

    def local(self, key: str) -> Path:
        hold = self._hold or process_hold(self._cache, os.getpid())
        return hold.path(check_key(key), lambda path: self._fetch(key, path))

    @contextmanager
    def holding(self) -> Iterator["RemoteStore"]:
        hold = self._cache.hold()
        try:
            yield RemoteStore(self._url, self._objects, self._cache, self._reopen, hold)
        finally:
            hold.release()

    def list(self, prefix: str) -> Iterator[str]:
        return self._objects.list(check_key(prefix))

    def exists(self, key: str) -> bool:
        try:
            self._objects.size(check_key(key))
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        self._objects.delete(check_key(key))
        self._cache.drop(key)

    def _fetch(self, key: str, path: Path) -> None:
        """In blocks: a large object on a slow line is many short requests, each tried again for itself."""
        size = self._objects.size(key)
        with path.open("wb") as file:
            for start in range(0, size, FETCH_BLOCK):
                file.write(_part(self._objects, key, start, min(start + FETCH_BLOCK, size)))
            file.flush()
            os.fsync(file.fileno())


class _Reading(io.RawIOBase):
    """An object as a file: every read is a request for just those bytes."""

    def __init__(self, objects: Objects, key: str, size: int) -> None:
        self._objects, self._key, self._size = objects, key, size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        end = min(self._position + len(buffer), self._size)
        if end <= self._position:
            return 0
        buffer[: end - self._position] = data = _part(self._objects, self._key, self._position, end)
        self._position = end
        return len(data)


def _part(objects: Objects, key: str, start: int, end: int) -> bytes:
    """Never fewer bytes than asked for, whatever stands between us and the place."""
    data = objects.get_range(key, start, end)
    if len(data) != end - start:
        raise StoreUnavailable(f"{key}: {len(data)} bytes came where {end - start} were asked for")
    return data
