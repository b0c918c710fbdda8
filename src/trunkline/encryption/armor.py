"""What a text of OpenPGP holds, before anything parses it: its armor and the frames of its packets (RFC 9580, 6 and 4.2)."""

import base64
import binascii
import re
from collections.abc import Iterator

_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----[ \t]*\r?\n(.*?)\r?\n-----END \1-----", re.DOTALL)


class NotArmored(ValueError):
    """There is not one whole block of ASCII armor; the text says what there is."""


def only_block(text: str) -> tuple[str, bytes]:
    """What the one block of a text is called, such as `PGP PUBLIC KEY BLOCK`, and what it holds. Raises `NotArmored`."""
    blocks = _BLOCK.findall(text)
    if len(blocks) != 1:
        raise NotArmored("no whole block" if not blocks else f"{len(blocks)} blocks")
    name, inside = blocks[0]
    _headers, _blank, lines = ("\n" + inside.replace("\r", "")).partition("\n\n")
    encoded = "".join(line.strip() for line in lines.split("\n") if not line.startswith("="))
    try:
        return name, base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NotArmored(f"damaged: {error}") from None


def tags(data: bytes) -> Iterator[int]:
    """The tags of the packets, which are not looked into. Raises `ValueError` where they do not fill the data exactly."""
    at = 0
    while at < len(data):
        head = data[at]
        if head & 0x40:
            tag, size, at = head & 0x3F, *_new_length(data, at + 1)
        else:
            tag, size, at = head >> 2 & 0x0F, *_old_length(data, at + 1, head & 0x03)
        at += size
        if not head & 0x80 or at > len(data):
            raise ValueError("no packets, or cut off")
        yield tag


def _new_length(data: bytes, at: int) -> tuple[int, int]:
    """The length of a packet, and where its body begins."""
    first = _number(data, at, 1)
    if first < 192:
        return first, at + 1
    if first < 224:
        return (first - 192 << 8) + _number(data, at + 1, 1) + 192, at + 2
    if first < 255:
        raise ValueError("a packet in pieces, which no key has")
    return _number(data, at + 1, 4), at + 5


def _old_length(data: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind == 3:
        raise ValueError("a packet without length, which no key has")
    return _number(data, at, 1 << kind), at + (1 << kind)


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise ValueError("cut off")
    return int.from_bytes(data[at : at + size])
