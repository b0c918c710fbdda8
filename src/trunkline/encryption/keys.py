"""The gate for an account's public key: what may be encrypted to, and the facts of it that people need.

The library encrypts to expired keys without complaint, and picks among several subkeys by the clock. So a key that passes is
reduced to its primary key and the one part that is encrypted to; what is left out (signatures of others, pictures, other
subkeys) plays no part in encryption.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, NoReturn

from pysequoia import Cert, encrypt
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from trunkline.encryption import algorithms
from trunkline.encryption.armor import NotArmored, only_block, tags

MOST_BYTES = 64 * 2**10
"""Of the text of a key; one without the signatures of others has a tenth of it."""

_PUBLIC, _PRIVATE = 6, (5, 7)
_OF_KEYS = {2, 6, 10, 12, 13, 14, 17}
"""Tags that a public key may have: signatures, keys, names, pictures; markers and trust, which say nothing."""
_EXPORT = "give the output of `gpg --armor --export FINGERPRINT`"


class KeyRefused(ValueError):
    """This cannot be an account's public key; the text says why, and what to do."""


@dataclass(frozen=True)
class PublicKey:
    """A key that passed."""

    fingerprint: str
    user_ids: tuple[str, ...]
    algorithm: str
    """Of the part that is encrypted to: `RSA 4096`, `Curve25519`."""
    expires: int | None
    """Epoch milliseconds; None for a key that never does."""
    armored: str = field(repr=False)
    """What is kept of it."""

    def has_expired(self, now: int) -> bool:
        """At that instant, epoch ms."""
        return self.expires is not None and self.expires <= now


def check_public_key(text: str, now: int) -> PublicKey:
    """The key, reduced to what encryption needs. `now`: epoch ms. Raises `KeyRefused`."""
    data = _block(text)
    try:
        return _checked(data, now)
    except KeyRefused:
        raise
    except Exception as error:
        # Without the library's stack, which follows.
        reason = str(error).partition("\n")[0]
        raise KeyRefused(f"Not taken: the key cannot be read ({reason}); {_EXPORT}.") from None


@lru_cache(maxsize=256)
def read_public_key(armored: str) -> PublicKey:
    """The facts of a key that is kept, whether it has expired or not."""
    return _facts(Cert.from_bytes(armored.encode()))


class _Part(NamedTuple):
    """A key, subkey, name or picture, with the signatures that follow it."""

    packet: Packet
    signatures: list[Packet]

    @property
    def expires(self) -> datetime | None:
        """Of a subkey, as its newest binding says; the end of the primary key is told by the library."""
        bindings = [one for one in self.signatures if one.signature_type == SignatureType.SubkeyBinding]
        newest = max(bindings, key=_created, default=None)
        if newest is None or not newest.key_validity_period or not self.packet.key_created:
            return None
        return self.packet.key_created + newest.key_validity_period


def _refuse(why: str) -> NoReturn:
    raise KeyRefused(f"Not taken: {why}.")


def _block(text: str) -> bytes:
    """The packets of a text that holds one public key and nothing else."""
    if len(text.encode()) > MOST_BYTES:
        minimal = "export it with `--export-options export-minimal`"
        _refuse(f"the text is longer than {MOST_BYTES >> 10} KiB; {minimal}")
    try:
        name, data = only_block(text)
        found = list(tags(data))
    except NotArmored as error:
        _refuse(f"one block of ASCII armor expected, found {error}; {_EXPORT}")
    except ValueError as error:
        _refuse(f"the block does not hold OpenPGP packets ({error}); {_EXPORT}")
    if "PRIVATE" in name or any(tag in _PRIVATE for tag in found):
        _refuse(f"this is a private key, which nobody but its owner may have; {_EXPORT}")
    if found.count(_PUBLIC) > 1:
        _refuse(f"{found.count(_PUBLIC)} keys in one block; export one")
    if found[:1] != [_PUBLIC] or not _OF_KEYS.issuperset(found):
        _refuse(f"the block holds something else than a public key; {_EXPORT}")
    return data


def _checked(data: bytes, now: int) -> PublicKey:
    parts, cert = _parts(data), Cert.from_bytes(data)
    _refuse_weak(parts[:1])
    if cert.is_revoked:
        _refuse("the key was revoked; give the one that took its place")
    if cert.expiration and _milliseconds(cert.expiration) <= now:
        _refuse(f"the key expired on {cert.expiration:%Y-%m-%d}; {_extending(parts)}")
    return _facts(Cert.from_packets(_reduced(parts, _chosen(parts, cert, now))))


def _parts(data: bytes) -> list[_Part]:
    parts: list[_Part] = []
    for packet in PacketPile.from_bytes(data):
        if packet.tag != Tag.Signature:
            parts.append(_Part(packet, []))
        elif parts:
            parts[-1].signatures.append(packet)
    return parts


def _refuse_weak(parts: Sequence[_Part]) -> None:
    for part in parts:
        bits = algorithms.rsa_bits(part.packet)
        if bits is not None and bits < algorithms.LEAST_RSA_BITS:
            least = algorithms.LEAST_RSA_BITS
            _refuse(f"RSA with {bits} bits is weak, at least {least} expected; make a key of RSA 4096")


def _extending(parts: Sequence[_Part]) -> str:
    """How its owner lets a key live on. Subkeys that have expired must be named."""
    primary, *subkeys = [(part.packet.fingerprint or "").upper() for part in parts if part.packet.fingerprint]
    commands = [f"`gpg --quick-set-expire {primary} 2y`"]
    if subkeys:
        commands.append(f"`gpg --quick-set-expire {primary} 2y {' '.join(subkeys)}`")
    return f"extend it with {' and '.join(commands)}, then give it again"


def _chosen(parts: Sequence[_Part], cert: Cert, now: int) -> _Part:
    """The primary key if it is for encryption too, otherwise the newest subkey that is, at that instant."""
    try:
        recipients = _recipients(cert)
    except Exception:
        _refuse_weak(parts)
        adding = "`gpg --quick-add-key FINGERPRINT rsa4096 encr`"
        _refuse(f"the key has no part for encryption that can be used; add one with {adding}")
    usable = [part for part in parts if part.packet.key_id in recipients]
    alive = [part for part in usable if not part.expires or _milliseconds(part.expires) > now]
    if not alive:
        _refuse(f"the key's part for encryption has expired; {_extending(parts)}")
    primary = [part for part in alive if part is parts[0]]
    chosen = primary[0] if primary else max(alive, key=lambda part: part.packet.key_created or _LONG_AGO)
    if algorithms.name(chosen.packet) is None:
        _refuse("encryption is by RSA or Curve25519 here, and the key has neither; make a key of RSA 4096")
    return chosen


def _recipients(cert: Cert) -> set[str]:
    """The ids of the keys that the library encrypts to."""
    packets = PacketPile.from_bytes(encrypt(b"", recipients=[cert]))
    return {algorithms.recipient(packet) for packet in packets if packet.tag == Tag.PKESK}


def _reduced(parts: Sequence[_Part], chosen: _Part) -> list[Packet]:
    """The primary key, its names and the chosen part, each with the key's own signatures."""
    kept = []
    for part in parts:
        if part is parts[0] or part is chosen or part.packet.tag == Tag.UserID:
            own = [one for one in part.signatures if one.issuer_key_id in (None, parts[0].packet.key_id)]
            if any(one.signature_expiration_time for one in own):
                _refuse("the key's own signatures expire, not only the key; make a key with GnuPG")
            kept += [part.packet, *own]
    return kept


def _facts(cert: Cert) -> PublicKey:
    (recipient,) = _recipients(cert)
    part = next(part for part in _parts(bytes(cert)) if part.packet.key_id == recipient)
    return PublicKey(
        fingerprint=cert.fingerprint.upper(),
        user_ids=tuple(_printable(str(user_id)) for user_id in cert.user_ids),
        algorithm=algorithms.name(part.packet) or "",
        expires=min((_milliseconds(end) for end in (cert.expiration, part.expires) if end), default=None),
        armored=str(cert),
    )


_LONG_AGO = datetime.fromtimestamp(0, UTC)


def _created(signature: Packet) -> datetime:
    return signature.signature_created or _LONG_AGO


def _printable(text: str) -> str:
    """It is shown in terminals, and anyone may have written it."""
    return "".join(one if one.isprintable() else "?" for one in text)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
