"""A copy of an audit trail in a file of JSON lines, which can be killed at any moment and goes on where it stopped."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from trunkline.client.durable import sync

_BLOCK = 2**16


class NotThisTrail(Exception):
    """What is in the file cannot be gone on with."""


class TrailCopy:
    """The file of an account. What was written whole stays; half a line at its end, left by a kill, goes."""

    def __init__(self, path: Path, account_id: str) -> None:
        self._path = path
        self._file = path.open("a+b")
        try:
            self.last = self._begin(account_id)
            """The number of the last entry in it; 0 where there is none."""
        except BaseException:
            self._file.close()
            raise
        sync(path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, blocks: Iterable[bytes]) -> None:
        """Durable when it returns."""
        for block in blocks:
            self._file.write(block)
        self._file.flush()
        sync(self._path)

    def _begin(self, account_id: str) -> int:
        end = self._end_of_last_line()
        # Nothing is cut off a file before it has proven to be a trail.
        number = self._last_number(account_id, end) if end else self._no_line(account_id)
        self._file.truncate(end)
        return number

    def _last_number(self, account_id: str, end: int) -> int:
        try:
            entry = json.loads(self._line_before(end))
            account, number = entry["account"], int(entry["number"])
        except (ValueError, KeyError, TypeError):
            raise NotThisTrail(
                f"{self._path} does not end with an entry of a trail; give another file."
            ) from None
        if account != account_id:
            raise NotThisTrail(f"{self._path} holds the trail of account {account}; give another file.")
        return number

    def _no_line(self, account_id: str) -> int:
        self._file.seek(0)
        begin = f'{{"account":"{account_id}",'.encode()
        if not begin.startswith(self._file.read(len(begin))):
            raise NotThisTrail(f"{self._path} holds something else; give another file.")
        return 0

    def _end_of_last_line(self) -> int:
        """Just behind the last line break."""
        position = self._file.seek(0, 2)
        while position > 0:
            start = max(0, position - _BLOCK)
            self._file.seek(start)
            found = self._file.read(position - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            position = start
        return 0

    def _line_before(self, end: int) -> bytes:
        position, found = end, b""
        while position > 0 and b"\n" not in found[:-1]:
            start = max(0, position - _BLOCK)
            self._file.seek(start)
            found = self._file.read(position - start) + found
            position = start
        return found.rstrip(b"\n").rpartition(b"\n")[2]
