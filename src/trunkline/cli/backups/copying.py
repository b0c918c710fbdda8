"""Copying files: in bounded memory, with their digest, durable before anything says that they are there."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from trunkline.cli.backups.manifest import Entry
from trunkline.store import sync_folder

_BLOCK = 2**20


def copy_file(source: BinaryIO, path: Path) -> tuple[int, str]:
    """Write a new file, for its user alone, synced; its length and SHA-256. The folder's names are not synced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while block := source.read(_BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def entry_of(root: Path, path: Path) -> Entry:
    """The entry of a file that is there, which is synced."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        os.fsync(file.fileno())
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Entry(path.relative_to(root).as_posix(), size, digest.hexdigest())


def walk(folder: Path) -> Iterator[Path]:
    """The files below a folder, one folder's names in memory at a time. What vanishes meanwhile is left out."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def sync_tree(root: Path) -> None:
    """Make the names in all folders below `root`, and its own, durable."""
    for folder, _, _ in os.walk(root, topdown=False):
        sync_folder(Path(folder))
    sync_folder(root.parent)
