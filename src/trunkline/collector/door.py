"""Where connections come in: never more than `most`, those whose TLS handshake goes on included.

The server's own way counts a connection only after its handshake: silent callers would use up every file that the process
may open, and the journal could not open its next segment.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sized
from typing import Any

import structlog

log = structlog.get_logger()
HANDSHAKE_SECONDS = 10.0
GOODBYE_SECONDS = 1.0
"""How long the other end may take to answer that a TLS connection is closed: browsers with an idle one do not, and the
collector could not end before them."""
FILES_KEPT = 200
"""Open files kept for everything but connections: segments, the store, the keys' database."""
MOST_CONNECTIONS = 2048


def room_for_connections(open_files: int) -> int:
    """How many connections a process may have that may hold so many files. Raises `ValueError` where that is none."""
    if open_files <= FILES_KEPT:
        raise ValueError(f"only {open_files} files may be open; expected more than {FILES_KEPT} (ulimit -n)")
    return min(MOST_CONNECTIONS, open_files - FILES_KEPT)


class Door:
    """Accepts connections; what is above `most` is closed at once."""

    def __init__(
        self, listener: socket.socket, make: Callable[[], asyncio.Protocol], connected: Sized, most: int
    ) -> None:
        self._listener = listener
        self._make = make
        self._connected = connected
        self._most = most
        self._entering: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def open(self, tls: ssl.SSLContext | None) -> None:
        self._listener.setblocking(False)
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(tls))

    def close(self) -> None:
        """Accept no more; the connections that were made are the server's to close."""
        for task in (self._accepting, *self._entering):
            if task is not None:
                task.cancel()

    async def _accept(self, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError as error:
                log.error("connections cannot be accepted", error=str(error))
                await asyncio.sleep(1)
                continue
            if len(self._entering) + len(self._connected) >= self._most:
                connection.close()
                continue
            task = loop.create_task(self._enter(connection, tls))
            self._entering.add(task)
            task.add_done_callback(self._entering.discard)

    async def _enter(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        limits: dict[str, Any] = {}
        if tls:
            limits = {"ssl_handshake_timeout": HANDSHAKE_SECONDS, "ssl_shutdown_timeout": GOODBYE_SECONDS}
        try:
            await loop.connect_accepted_socket(self._make, connection, ssl=tls, **limits)
        except OSError:
            # A handshake that failed or took too long; anybody can make one.
            connection.close()
