"""A store in a folder on a local disk. An object is written under a temporary name, synced, then renamed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from trunkline.store.contract import check_key


class LocalStore:
    """A folder on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __repr__(self) -> str:
        return f"LocalStore({str(self.root)!r})"

    @property
    def url(self) -> str:
        return self.root.absolute().as_uri()

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
        if not path.exists() and target.exists():
            return
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

    def open(self, key: str) -> BufferedReader:
        return self.local(key).open("rb")

    def local(self, key: str) -> Path:
        return self.root.joinpath(*check_key(key).split("/"))

    @contextmanager
    def holding(self) -> Iterator["LocalStore"]:
        yield self

    def list(self, prefix: str) -> Iterator[str]:
        folder = self.local(prefix)
        files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        yield from sorted(path.relative_to(self.root).as_posix() for path in files)

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
