"""Public keys that no tool makes, put together byte by byte (RFC 9580, 5.2.3, 5.5.2): an RSA key with an RSA subkey."""

import base64
import hashlib
import struct
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

NAME = b"Handmade <handmade@northwind.example>"


def public_key(signature_lives: int | None = None) -> str:
    """Armored; its signatures expire after so many seconds."""
    primary, subkey = _key(), _key()
    created = int(time.time()) - 10
    first, second = _material(primary, created), _material(subkey, created)
    about_name = b"\xb4" + struct.pack(">I", len(NAME)) + NAME
    certification = _signature(primary, first, 0x13, about_name, 0x01, created, signature_lives)
    binding = _signature(primary, first, 0x18, _hashed(second), 0x0C, created, signature_lives)
    packets = [(6, first), (13, NAME), (2, certification), (14, second), (2, binding)]
    return armored(b"".join(packet(tag, body) for tag, body in packets))


def packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + struct.pack(">I", len(body)) + body


def armored(data: bytes, name: str = "PGP PUBLIC KEY BLOCK") -> str:
    return f"-----BEGIN {name}-----\n\n{base64.encodebytes(data).decode()}-----END {name}-----\n"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _material(key: rsa.RSAPrivateKey, created: int) -> bytes:
    numbers = key.public_key().public_numbers()
    return struct.pack(">BIB", 4, created, 1) + _number(numbers.n) + _number(numbers.e)


def _number(number: int) -> bytes:
    bits = number.bit_length()
    return struct.pack(">H", bits) + number.to_bytes((bits + 7) // 8)


def _hashed(material: bytes) -> bytes:
    return b"\x99" + struct.pack(">H", len(material)) + material


def _signature(
    key: rsa.RSAPrivateKey, owner: bytes, kind: int, about: bytes, flags: int, created: int, lives: int | None
) -> bytes:
    fingerprint = hashlib.sha1(_hashed(owner)).digest()
    subpackets = [(2, struct.pack(">I", created)), (27, bytes([flags])), (33, b"\x04" + fingerprint)]
    if lives is not None:
        subpackets.append((3, struct.pack(">I", lives)))
    inside = b"".join(bytes([len(body) + 1, type_]) + body for type_, body in subpackets)
    head = struct.pack(">BBBBH", 4, kind, 1, 8, len(inside)) + inside
    digest = hashlib.sha256(
        _hashed(owner) + about + head + b"\x04\xff" + struct.pack(">I", len(head))
    ).digest()
    signed = key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    return head + b"\x00\x00" + digest[:2] + _number(int.from_bytes(signed))
