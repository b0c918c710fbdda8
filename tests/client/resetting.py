"""A relay in front of a collector that loses each 413: the connection breaks instead, as behind some proxies."""

import gzip
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2


@contextmanager
def resetting_relay(upstream: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The relay's address, and the number of lines and the collector's answer of each request so far."""
    seen: list[tuple[int, int]] = []

    class Relay(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = httpx2.post(upstream + self.path, content=body, headers=dict(self.headers), timeout=20)
            seen.append((gzip.decompress(body).count(b"\n"), answer.status_code))
            self.close_connection = True
            if answer.status_code == 413:
                # Lingering for no time turns the close into a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()
