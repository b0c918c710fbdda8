"""What the rest of the program may ask of the place where objects live, whichever it is."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import BufferedReader
from pathlib import Path
from typing import Protocol, Self

_NAME = re.compile(r"[A-Za-z0-9_=+-][A-Za-z0-9._=+-]*")


class StoreUnavailable(OSError):
    """A remote store did not do what it was asked; the text says which, which object, and what it answered."""


class UnusableStore(ValueError):
    """A store's URL, or what the environment says about it, cannot be used; the text names it and what was expected."""


class Store(Protocol):
    """Keys are relative paths with `/` between names of ASCII letters, digits and `._=+-` that do not begin with a dot; no
    key is a folder of another. Every method raises `ValueError` for what is no key, and `OSError` where the store fails.

    A key holds the whole object or does not exist, also while it is written, and after a writer was killed. Objects are not
    changed: the few that are written again (a registration, what a killed writer left) are replaced as a whole.
    """

    @property
    def url(self) -> str:
        """What opens this store again, in another process or on another machine: no credentials are in it."""

    def write(self, key: str, data: bytes) -> None:
        """Make `key` hold `data`, durably; an object that is there already is replaced."""

    def adopt(self, path: Path, key: str) -> None:
        """Move the finished local file `path` to `key`, durably. The file must have been synced.

        Repeated after a kill it ends the same way: nothing is left to do where the file is gone and the object is there.
        """

    def read(self, key: str) -> bytes:
        """The whole object. Raises `FileNotFoundError`."""

    def open(self, key: str) -> BufferedReader:
        """The object for reading; seekable, and no more of it is read than is asked for. Raises `FileNotFoundError`."""

    def local(self, key: str) -> Path:
        """A local path under which the object can be read; a remote store fetches it first and raises `FileNotFoundError`.

        The path is good until the block of `holding` ends that this store is from; without one, as long as the process lives.
        """

    def holding(self) -> AbstractContextManager[Self]:
        """This store for the length of a block: what `local` fetched inside need not be kept when the block ends."""

    def list(self, prefix: str) -> Iterator[str]:
        """All keys below the folder `prefix`, in the order of their characters."""

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove the object, durably; nothing happens where there is none."""


def check_key(key: str) -> str:
    """Raises `ValueError` for what is no key: what a disk, a bucket and a URL would not all take as it is."""
    if not all(map(_NAME.fullmatch, key.split("/"))):
        raise ValueError(f"not a key: {key!r}")
    return key
