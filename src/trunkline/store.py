"""Where segments and data files live: a tree of immutable objects, reached by URL.

Every object is written under a temporary name, synced, then renamed: a key either holds the whole object or does not
exist. Keys are relative paths with `/`; no component is empty, `.` or `..`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit


class Store(Protocol):
    """What the rest of the program may ask of the place where objects live."""

    def write(self, key: str, data: bytes) -> None:
        """Make `key` hold `data`, durably; an object that is there already is replaced."""

    def adopt(self, path: Path, key: str) -> None:
        """Move the finished local file `path` to `key`, durably. The file must have been synced."""

    def read(self, key: str) -> bytes:
        """The whole object. Raises `FileNotFoundError`."""

    def open(self, key: str) -> BinaryIO:
        """The object for reading; seekable. Raises `FileNotFoundError`."""

    def local(self, key: str) -> Path:
        """A local path under which the object can be read (a remote store may fetch it first)."""

    def list(self, prefix: str) -> Iterator[str]:
        """All keys below the folder `prefix`, in order."""

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove the object, durably; nothing happens where there is none."""


def open_store(url: str) -> Store:
    """The store at a URL. Only `file:` for now; raises `ValueError` for any other scheme."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise ValueError(f"{url}: only file: stores are supported")
    return LocalStore(Path(unquote(parts.path)))


class LocalStore:
    """A folder on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, key: str, data: bytes) -> None:
        with self.writer(key) as file:
            file.write(data)

    @contextmanager
    def writer(self, key: str) -> Iterator[BinaryIO]:
        """A file that becomes `key` when the block ends well and leaves nothing otherwise."""
        path = self.local(key)
        make_folder(path.parent)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def adopt(self, path: Path, key: str) -> None:
        target = self.local(key)
        make_folder(target.parent)
        if path.stat().st_dev != target.parent.stat().st_dev:
            with path.open("rb") as source, self.writer(key) as file:
                shutil.copyfileobj(source, file, 2**20)
            path.unlink()
        else:
            path.replace(target)
            sync_folder(target.parent)
        sync_folder(path.parent)

    def read(self, key: str) -> bytes:
        return self.local(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        return self.local(key).open("rb")

    def local(self, key: str) -> Path:
        parts = key.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ValueError(f"not a key: {key!r}")
        return self.root.joinpath(*parts)

    def list(self, prefix: str) -> Iterator[str]:
        folder = self.local(prefix)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self.root).as_posix()

    def exists(self, key: str) -> bool:
        return self.local(key).is_file()

    def delete(self, key: str) -> None:
        path = self.local(key)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder` and the parents it lacks; a new folder's own name is made durable too."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable: a rename is lost in a power cut until its folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
