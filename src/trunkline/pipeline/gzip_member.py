"""One gzip member (RFC 1952) whose bytes depend on its text alone.

Live clients inflate the first member of a file and ignore what follows, so a file has exactly one. The header is fixed: no
name, no time. The compressor sees blocks of one size, however the text was handed in.
"""

import struct
from typing import BinaryIO

try:
    import isal
    from isal import isal_zlib as zlib

    LEVEL = 1
    COMPRESSOR = f"isal {isal.__version__}"
except ImportError:  # platforms without the wheel: other bytes, equal text
    import zlib  # type: ignore[no-redef]
    from zlib import ZLIB_RUNTIME_VERSION

    LEVEL = 6
    COMPRESSOR = f"zlib {ZLIB_RUNTIME_VERSION}"

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_BLOCK = 2**20


class GzipMember:
    """Writes text to `file` as one member; `close` ends the member, not the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
        self._crc = 0
        self._size = 0
        self._rest = bytearray()
        file.write(_HEADER)

    def write(self, text: memoryview) -> None:
        self._crc = zlib.crc32(text, self._crc)
        self._size += len(text)
        if self._rest:
            missing = _BLOCK - len(self._rest)
            self._rest += text[:missing]
            text = text[missing:]
            if len(self._rest) < _BLOCK:
                return
            self._file.write(self._deflate.compress(self._rest))
            self._rest = bytearray()
        whole = len(text) - len(text) % _BLOCK
        for start in range(0, whole, _BLOCK):
            self._file.write(self._deflate.compress(text[start : start + _BLOCK]))
        self._rest += text[whole:]

    def close(self) -> None:
        self._file.write(self._deflate.compress(self._rest))
        self._file.write(self._deflate.flush())
        self._file.write(struct.pack("<II", self._crc, self._size % 2**32))
