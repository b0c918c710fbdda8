"""Blocks that are made while they are sent, as a file that a server reads: see `platform.gateway`."""

from collections.abc import Iterator

from django.db import Error
from django.http import FileResponse

from trunkline.platform.databases import drop_dead_connections
from trunkline.platform.isolation.account import account_acted_for, acting_for
from trunkline.platform.streaming import BLOCK


class Blocks:
    """Read as if it were a file. It holds nothing open: each block asks the database anew."""

    path = None
    start = end = 0

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        # They are read when the request has ended, by other threads.
        self._account = account_acted_for()
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Raises `OSError`, so that the answer breaks off, where the database cannot be asked."""
        drop_dead_connections()
        while size < 0 or len(self._left) < size:
            try:
                with acting_for(self._account):
                    block = next(self._blocks, None)
            except Error as error:
                raise OSError(f"the export broke off: {error}") from error
            if block is None:
                break
            self._left += block
        size = len(self._left) if size < 0 else size
        read, self._left = self._left[:size], self._left[size:]
        return read

    def close(self) -> None:
        """There is nothing to close."""


class StreamedAnswer(FileResponse):
    block_size = BLOCK
