"""Reading a request's body: bounded before, while and after it is inflated."""

import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import zstandard

from trunkline.collector.refusal import RequestRefused

Receive = Callable[[], Awaitable[Any]]

MOST_MEMBERS = 100
"""Members of a gzip body, frames of a zstd one. What follows a member is copied to find the next, and an empty one takes few
bytes: hundreds of thousands of them would take a minute."""


class Disconnected(Exception):
    """The caller went away before the body was complete."""


class Reading:
    """The bytes of bodies that are being read, over all connections: bounded, so that many slow callers cannot fill
    the memory."""

    def __init__(self, most: int) -> None:
        self._left = most

    async def read(self, receive: Receive, most: int) -> bytes:
        """The body as sent. Raises `RequestRefused` above `most` bytes, and when all callers together send too much."""
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body: bytes = message["body"]
        if not message.get("more_body", False):
            check_length(len(body), most)
            return body
        return await self._read_on(receive, bytearray(body), most)

    async def _read_on(self, receive: Receive, body: bytearray, most: int) -> bytes:
        held = 0
        try:
            while True:
                check_length(len(body), most)
                self._left -= len(body) - held
                held = len(body)
                if self._left < 0:
                    raise RequestRefused(503, "busy", "too many bodies at one time; try again", retry_after=1)
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    check_length(len(body), most)
                    return bytes(body)
        finally:
            self._left += held


def check_length(length: int, most: int) -> None:
    if length > most:
        message = f"the body is larger than {most} bytes; send smaller batches"
        raise RequestRefused(413, "body_too_large", message)


def inflate(body: bytes, encoding: str, most: int) -> bytes:
    """The body without its Content-Encoding; never makes more than `most` bytes and a little."""
    if encoding in ("", "identity"):
        return body
    if encoding == "gzip":
        return _inflate_gzip(body, most)
    if encoding == "zstd":
        return _inflate_zstd(body, most)
    message = f"Content-Encoding {encoding[:40]!r} is unknown; expected gzip, zstd or none"
    raise RequestRefused(415, "unknown_encoding", message, field="Content-Encoding")


def _inflate_gzip(body: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    made = 0
    try:
        # A gzip file may have several members; each is inflated into what room is left.
        while body:
            _check_members(len(parts), "gzip")
            stream = zlib.decompressobj(wbits=31)
            parts.append(stream.decompress(body, most + 1 - made))
            made += len(parts[-1])
            check_length(made, most)
            if not stream.eof:
                raise _damaged("gzip")
            body = stream.unused_data
    except zlib.error:
        raise _damaged("gzip") from None
    return b"".join(parts)


def _inflate_zstd(body: bytes, most: int) -> bytes:
    # A frame may ask for a window of gigabytes; 8 MiB is what every encoder must be content with.
    decompressor = zstandard.ZstdDecompressor(max_window_size=8 * 2**20)
    try:
        # The bounded reader does not tell a whole frame from a torn one, the other way has no bound: first the one,
        # and once the length is known to be harmless, the other.
        with decompressor.stream_reader(body, read_across_frames=True) as stream:
            check_length(len(stream.read(most + 1)), most)
        parts: list[bytes] = []
        while body:
            _check_members(len(parts), "zstd")
            frame = decompressor.decompressobj()
            parts.append(frame.decompress(body))
            if not frame.eof:
                raise _damaged("zstd")
            body = frame.unused_data
    except zstandard.ZstdError:
        raise _damaged("zstd") from None
    return b"".join(parts)


def _check_members(count: int, encoding: str) -> None:
    if count == MOST_MEMBERS:
        message = (
            f"the body has more than {MOST_MEMBERS} {encoding} streams, one after the other; expected one"
        )
        raise RequestRefused(400, "damaged_encoding", message, field="Content-Encoding")


def _damaged(encoding: str) -> RequestRefused:
    message = f"the body is not whole {encoding}; expected what Content-Encoding says"
    return RequestRefused(400, "damaged_encoding", message, field="Content-Encoding")
