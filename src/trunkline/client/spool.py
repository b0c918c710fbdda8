"""Events on the producer's disk, from `send` until the collector has acknowledged them.

A folder of numbered files, one event a line, and `position`: up to where they are acknowledged. An event that was
acknowledged may be sent again after a crash, an event that was not is never skipped.
"""

import fcntl
import os
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from trunkline.client.durable import publish

FILE_BYTES = 8 * 2**20


class SpoolFull(Exception):
    """The spool holds as much as it may: the collector has been away for too long. The event was not kept."""


class SpoolInUse(Exception):
    """Another producer, in this process or another, uses this spool folder."""


class Position(NamedTuple):
    file: int
    offset: int


class Spool:
    """Safe for several threads; one process at a time."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._guard = _take(folder)
        saved = self._read_position()
        self._last = max([saved.file, *self._files()])
        self._end = self._cut_torn_line()
        self._position = Position(saved.file, min(saved.offset, self._size(saved.file)))
        if self._position != saved:
            # A power cut left the file shorter than the position that was saved after it; what is appended from now on
            # must never count as acknowledged.
            self._save_position(sync=True)
        waiting = [number for number in self._files() if number >= self._position.file]
        self._bytes = sum(map(self._size, waiting)) - self._position.offset
        self._file = self._open(self._last)

    @property
    def empty(self) -> bool:
        with self._lock:
            return self._position == (self._last, self._end)

    def append(self, line: bytes, *, sync: bool) -> None:
        """Keep a line (with its end). When this returns it outlives the process; with `sync`, the machine too.

        Raises `SpoolFull`, and `OSError` where the disk does not take it.
        """
        with self._lock:
            if self._bytes + len(line) > self._most_bytes:
                raise SpoolFull(
                    f"{self._folder} holds {self._bytes} bytes; expected at most {self._most_bytes}"
                )
            if self._end >= FILE_BYTES:
                self._start_file()
            self._write(line)
            if sync:
                os.fdatasync(self._file)

    def sync(self) -> None:
        with self._lock:
            os.fdatasync(self._file)

    def peek(self, most_lines: int, most_bytes: int) -> tuple[list[bytes], Position]:
        """The oldest lines (at least one where there is any), and the position after them."""
        with self._lock:
            file, offset = self._position
            if file < self._last and offset >= self._size(file):
                file, offset = self._next(file), 0
            end = self._end if file == self._last else self._size(file)
        path = self._path(file)
        if not path.exists() or offset >= end:
            return [], Position(file, offset)
        with path.open("rb") as reader:
            reader.seek(offset)
            # Never beyond what is complete: another thread may be writing the next line.
            data = reader.read(min(most_bytes, end - offset))
            if not data.endswith(b"\n"):
                data = data[: data.rfind(b"\n") + 1] or data + reader.readline()
        lines = data.splitlines(keepends=True)[:most_lines]
        return lines, Position(file, offset + sum(map(len, lines)))

    def acknowledge(self, position: Position, size: int) -> None:
        """Everything before `position` (`size` bytes more than until now) has arrived; files that are done go away."""
        with self._lock:
            self._position = position
            self._bytes -= size
            self._save_position(sync=False)
            for number in self._files():
                if number < position.file:
                    self._path(number).unlink()

    def close(self) -> None:
        with self._lock:
            os.fdatasync(self._file)
            os.close(self._file)
            os.close(self._guard)

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            if written < len(line):
                raise OSError(28, "the disk took only a part of an event")
        except OSError:
            # What was written of the line must not stand before the next one.
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(line)
        self._bytes += len(line)

    def _start_file(self) -> None:
        os.fdatasync(self._file)
        os.close(self._file)
        self._last += 1
        self._end = 0
        self._file = self._open(self._last)

    def _open(self, number: int) -> int:
        return os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _cut_torn_line(self) -> int:
        """The length of the last file without a line that has no end: `send` never returned for that one."""
        path = self._path(self._last)
        if not path.exists():
            return 0
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(path, whole)
        return whole

    def _read_position(self) -> Position:
        try:
            file, offset = (self._folder / "position").read_text().split()
        except (FileNotFoundError, ValueError):
            return Position(min(self._files(), default=1), 0)
        return Position(int(file), int(offset))

    def _save_position(self, *, sync: bool) -> None:
        temporary = self._folder / "position.new"
        temporary.write_text(f"{self._position.file} {self._position.offset}\n")
        if sync:
            publish(temporary, self._folder / "position")
        else:
            temporary.replace(self._folder / "position")

    def _files(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.ndjson"))

    def _next(self, number: int) -> int:
        return min((one for one in self._files() if one > number), default=self._last)

    def _size(self, number: int) -> int:
        path = self._path(number)
        return path.stat().st_size if path.exists() else 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}.ndjson"


def _take(folder: Path) -> int:
    guard = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(guard)
        raise SpoolInUse(f"{folder} is used by another producer; give each its own folder") from None
    return guard
