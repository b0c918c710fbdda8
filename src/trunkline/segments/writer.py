"""One open segment: groups are appended and synced, each with a header that tells its length and checksum."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from trunkline.segments.layout import open_name
from trunkline.segments.manifest import Tally
from trunkline.store import make_folder, sync_folder

Sync = Callable[[int], None]
"""Makes what was written to a file descriptor durable, or raises `OSError`."""


def group_header(number: int, lines: bytes) -> bytes:
    """The line before a group."""
    return b'{"group":%d,"bytes":%d,"crc32":%d}\n' % (number, len(lines), crc32(lines))


class SegmentWriter:
    """Appends to a new segment in the collector's own folder.

    After any `OSError` the writer may not be used again: what a failed sync left on the disk is unknown, and a second
    sync of the same data can succeed without it.
    """

    def __init__(self, folder: Path, key: str, hour: int, sync: Sync = os.fdatasync) -> None:
        make_folder(folder)
        self.key = key
        self.hour = hour
        self.path = folder / open_name(key)
        self.bytes = 0
        self.tally = Tally()
        self.digest = sha256()
        self._groups = 0
        self._sync = sync
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        sync_folder(folder)

    def append(self, lines: bytes, tally: Tally) -> None:
        """Write one group and sync it; when this returns, the lines are durable."""
        group = group_header(self._groups, lines) + lines
        view = memoryview(group)
        while view:
            view = view[os.write(self._file, view) :]
        self._sync(self._file)
        self.digest.update(group)
        self.bytes += len(group)
        self._groups += 1
        self.tally.add(tally)

    def close(self) -> None:
        os.close(self._file)
