"""What the encryptor and its child processes say to each other: messages of msgpack, each with its length before it."""

import struct
from typing import IO, Any

import msgspec

_LENGTH = struct.Struct(">Q")


def send(pipe: IO[bytes], message: Any) -> None:
    data = msgspec.msgpack.encode(message)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next message. Raises `EOFError` where the other side has ended."""
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return msgspec.msgpack.decode(_exactly(pipe, length))


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
