"""One connection: what the HTTP server leaves unbounded is bounded here."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADER_BYTES = 32 * 2**10
MOST_HEADERS = 100
REQUEST_SECONDS = 60.0
"""A request, head and body, must have arrived after so long; a connection that says nothing is closed as well."""


class BoundedConnection(HttpToolsProtocol):
    """Closes on a head that is too large; `close_if_overdue` is called for each connection now and then."""

    waiting_since: float | None = None
    _head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        self.waiting_since = self.loop.time()
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        self.waiting_since = self.loop.time()
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._measure(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._measure(len(name) + len(value))

    def on_message_complete(self) -> None:
        self.waiting_since = None
        super().on_message_complete()

    def close_if_overdue(self, seconds: float) -> None:
        if self.waiting_since is not None and self.loop.time() - self.waiting_since > seconds:
            self.transport.abort()

    def _measure(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEADER_BYTES or len(self.headers) > MOST_HEADERS:
            raise ValueError("the head of the request is too large")
