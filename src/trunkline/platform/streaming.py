"""Bytes of a remote store on their way to a caller: block after block, no faster than the caller takes them.

The server's own way to stream keeps whatever is not sent yet in memory: one slow caller would take a whole file's worth. Files
it reads only as fast as they are taken, so the bytes come to it through a pipe with a name.
"""

import asyncio
import errno
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, BinaryIO

import structlog

log = structlog.get_logger()

BLOCK = 2**20
"""Smaller ones cost most of the rate: each is handed over between Python and the server."""
OPEN_SECONDS = 10.0
"""How long the server may take to open the pipe; it never does for a caller who has gone."""
_LOOK_SECONDS = 0.005

Headers = list[tuple[str, str]]
Read = Callable[[int], bytes]


async def send(protocol: Any, status: int, headers: Headers, read: Read, pool: Executor) -> None:
    """Answer with what `read` gives until it gives nothing; it is called in `pool`, and no thread waits for the caller.

    Where `read` fails the answer breaks off: its length is in the headers, and nobody takes it for whole.
    """
    with tempfile.TemporaryDirectory(prefix="trunkline-download-") as folder:
        path = Path(folder) / "pipe"
        os.mkfifo(path, 0o600)
        protocol.response_file(status, headers, str(path))
        pipe = await _open(path)
    if pipe is None:
        return
    sender = _Sender()
    transport, _ = await asyncio.get_running_loop().connect_write_pipe(lambda: sender, pipe)
    try:
        while block := await asyncio.get_running_loop().run_in_executor(pool, read, BLOCK):
            transport.write(block)
            if not await sender.wanted():
                break
    except OSError as error:
        log.error("download broke off", error=str(error))
    finally:
        transport.close()


async def _open(path: Path) -> BinaryIO | None:
    """The end to write to, as soon as the server has opened the other one."""
    deadline = asyncio.get_running_loop().time() + OPEN_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        try:
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb", 0)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        await asyncio.sleep(_LOOK_SECONDS)
    _dismiss(path)
    return None


def _dismiss(path: Path) -> None:
    """Whoever opens the other end at this very moment must not wait for us for ever."""
    both_ends = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    path.unlink()
    os.close(both_ends)


class _Sender(asyncio.BaseProtocol):
    """Knows whether the pipe takes more."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()
        self._gone = False

    def pause_writing(self) -> None:
        self._free.clear()

    def resume_writing(self) -> None:
        self._free.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self._free.set()

    async def wanted(self) -> bool:
        """Wait until there is room again. False where the caller has gone."""
        await self._free.wait()
        return not self._gone
