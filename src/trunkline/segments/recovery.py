"""What a crash leaves: an open segment whose last group may be torn."""

import os
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import msgspec

from trunkline.segments.letters import by_account
from trunkline.segments.manifest import Tally

_LONGEST_HEADER = 100


class _Header(msgspec.Struct, frozen=True):
    group: int
    bytes: int
    crc32: int


class _Line(msgspec.Struct, rename="camel", gc=False):
    """As much of an event or a dead letter as its tally needs."""

    received_at: int
    account_id: str | None = None
    type: str | None = None
    timestamp: int | None = None
    reason: str | int = ""
    """A word in a dead letter; events of conversations have a number of that name."""


_HEADER = msgspec.json.Decoder(_Header)
_LINES = msgspec.json.Decoder(_Line)


@dataclass(frozen=True)
class Scan:
    """The whole groups of a segment, and how much follows them."""

    whole: int
    """Bytes up to the end of the last whole group."""
    torn: int
    """Bytes after it."""
    sha256: str
    tally: Tally


def scan(path: Path) -> Scan:
    """Read a segment up to its last whole group: one with its number, its length and its checksum right."""
    digest, tally, whole, number = sha256(), Tally(), 0, 0
    with path.open("rb") as file:
        while (group := next_group(file, number)) is not None:
            header, lines = group
            digest.update(header + lines)
            tally.add(_tally(lines))
            whole += len(header) + len(lines)
            number += 1
        size = os.fstat(file.fileno()).st_size
    return Scan(whole, size - whole, digest.hexdigest(), tally)


def tail(path: Path, start: int, most: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(most)


def cut(path: Path, length: int) -> None:
    """Shorten a segment, durably."""
    with path.open("r+b") as file:
        file.truncate(length)
        os.fsync(file.fileno())


def next_group(file: BinaryIO, number: int) -> tuple[bytes, bytes] | None:
    """The header and the lines of the group that begins here, if it is whole and has this number."""
    line = file.readline(_LONGEST_HEADER)
    if not line.endswith(b"\n"):
        return None
    try:
        header = _HEADER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    left = os.fstat(file.fileno()).st_size - file.tell()
    # The length is compared first: a damaged header must not make us ask for more memory than the file has bytes.
    if header.group != number or not 0 < header.bytes <= left:
        return None
    lines = file.read(header.bytes)
    return (line, lines) if crc32(lines) == header.crc32 else None


def _tally(lines: bytes) -> Tally:
    items = _LINES.decode_lines(lines)
    timestamps = [item.received_at if item.timestamp is None else item.timestamp for item in items]
    return Tally(
        events=len(items),
        accounts=Counter(item.account_id for item in items if item.account_id),
        types=Counter(item.type or str(item.reason) for item in items),
        min_timestamp=min(timestamps),
        max_timestamp=max(timestamps),
        first_received_at=min(item.received_at for item in items),
        last_received_at=max(item.received_at for item in items),
        reasons=by_account(
            (item.account_id, str(item.reason)) for item in items if item.type is None and item.reason
        ),
    )
