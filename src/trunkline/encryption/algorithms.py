"""What key packets and messages say of their algorithms and recipients (RFC 9580, 5.1, 5.5 and 9.2)."""

from pysequoia.packet import Packet, PublicKeyAlgorithm

LEAST_RSA_BITS = 2048

_RSA = (PublicKeyAlgorithm.RSAEncryptSign, PublicKeyAlgorithm.RSAEncrypt, PublicKeyAlgorithm.RSASign)
_CURVE25519 = bytes.fromhex("2b060104019755010501")


def name(key: Packet) -> str | None:
    """Of a key that is encrypted to; None for an algorithm that is not taken here."""
    if bits := rsa_bits(key):
        return f"RSA {bits}"
    if key.key_algorithm == PublicKeyAlgorithm.X25519:
        return "Curve25519"
    if key.key_algorithm == PublicKeyAlgorithm.ECDH:
        material = _material(key)
        return "Curve25519" if material[1 : 1 + material[0]] == _CURVE25519 else None
    return None


def rsa_bits(packet: Packet) -> int | None:
    """Of an RSA key; None for anything else."""
    return int.from_bytes(_material(packet)[:2]) if packet.key_algorithm in _RSA else None


def recipient(message_key: Packet) -> str:
    """The id of the key that a session key was encrypted to."""
    body = message_key.body
    if body[0] == 3:
        return body[1:9].hex()
    # Version 6: a length, the version of the key, its fingerprint; ids are one end of it or the other.
    fingerprint = body[3 : 2 + body[1]]
    return (fingerprint[-8:] if body[2] == 4 else fingerprint[:8]).hex()


def _material(key: Packet) -> bytes:
    """The numbers of a key, after version, time and algorithm (and in version 6 their length)."""
    return key.body[10 if key.body[0] == 6 else 6 :]
