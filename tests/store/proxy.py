"""Stands between a store and its server, and fails as networks and servers do."""

import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Proxy(ThreadingHTTPServer):
    """`fault` says what becomes of requests; None passes them on.

    `away`: the connection is reset; `error`: 503; `refused`: 403; `silent`: no answer; `cut`: half of the answer's body;
    `lost`: carried out, and the answer is lost.
    """

    daemon_threads = True

    def __init__(self, upstream: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.fault: str | None = None
        self.spared = 0
        """How many requests pass before the fault begins."""
        self.left = 0
        """How many more the fault then meets; below zero: all."""
        self.seen: list[str] = []
        self._counting = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.server_port}"

    @contextmanager
    def failing(self, fault: str, times: int = -1, after: int = 0) -> Iterator[None]:
        self.fault, self.left, self.spared = fault, times, after
        try:
            yield
        finally:
            self.fault = None

    def next_fault(self) -> str | None:
        with self._counting:
            if self.fault is None or self.left == 0:
                return None
            if self.spared:
                self.spared -= 1
                return None
            self.left -= 1
            return self.fault

    def handle_error(self, *_: object) -> None:
        """Callers that went away are what this is for."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        super().handle_one_request()
        # A new connection for every request: each meets its own fault.
        self.close_connection = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(f"{self.command} {self.path}")
        fault = self.server.next_fault()
        if fault == "away":
            self._reset()
        elif fault in ("error", "refused"):
            self._answer(503 if fault == "error" else 403, {}, b"<Error><Code>Busy</Code></Error>")
        elif fault == "silent":
            self.connection.recv(1)  # until the caller has had enough
        else:
            self._forward(body, fault)

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET

    def _forward(self, body: bytes, fault: str | None) -> None:
        upstream = http.client.HTTPConnection(urlsplit(self.server.upstream).netloc, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        upstream.request(self.command, self.path, body or None, headers | {"Content-Length": str(len(body))})
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        if fault == "lost":
            self._reset()
            return
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data))
        self.send_response(answer.status)
        for name, value in [*kept, ("Content-Length", length or "0"), ("Connection", "close")]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if fault == "cut" else data)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body)), "Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
