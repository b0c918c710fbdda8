"""Gzip files: opened for reading, and checked whole. Files may have several members, one after the other."""

import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from trunkline.client.errors import CorruptFile

# What reading raises for a bad header, a bad checksum, a bad stream and a missing end.
DAMAGE: tuple[type[Exception], ...] = (gzip.BadGzipFile, EOFError, zlib.error)
_open: Callable[..., Any] = gzip.open

try:
    from isal import igzip, igzip_lib
except ImportError:
    pass
else:  # the same interface, several times as fast
    DAMAGE = (*DAMAGE, igzip.BadGzipFile, cast(type[Exception], igzip_lib.IsalError))
    _open = igzip.open

BLOCK = 2**20


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A data file on this machine, complete and checked."""

    path: Path
    size: int
    """Bytes as it lies on the disk, compressed."""
    text_size: int
    """Bytes of its text."""
    sha256: str
    """Of the compressed bytes, hex."""


def open_text(path: Path) -> BinaryIO:
    """The text of a gzip file as bytes; reading raises what `DAMAGE` lists."""
    return cast(BinaryIO, _open(path, "rb"))


def verify(path: Path) -> LocalFile:
    """Inflate a file to its end, which checks every member's length and checksum. Raises `CorruptFile`."""
    size = path.stat().st_size
    if size == 0:
        raise CorruptFile(f"{path.name} is empty")
    text_size = 0
    try:
        with open_text(path) as text:
            while block := text.read(BLOCK):
                text_size += len(block)
    except DAMAGE as error:
        raise CorruptFile(f"{path.name} is damaged ({error})") from None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return LocalFile(path=path, size=size, text_size=text_size, sha256=digest)
