"""Values that were encrypted to an account's OpenPGP key, decrypted here: the private key never leaves this process.

An encrypted value is an armored message in place of a text. A text that looks like one but was encrypted to another key (anybody may
have written it) stays as it is and is counted; a file in which nothing can be decrypted is an error: it needs another key.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from trunkline.client.errors import ClientError

if TYPE_CHECKING:
    from pysequoia import PyDecryptor
    from pysequoia.packet import Packet

BEGIN = "-----BEGIN PGP MESSAGE-----"
_REMEMBERED = 4096
"""Messages: equal values of a field share one within a record."""


class DecryptionUnavailable(ClientError):
    """Decryption needs the library pysequoia; install it with: pip install pysequoia"""


class PrivateKeyRefused(ClientError):
    """The private key cannot be used; the text says why, and what to do."""


class NotDecrypted(ClientError):
    """The values of a file were encrypted to another key."""


class Decryptor:
    """Private keys by which values are decrypted; several, where an account changed its key."""

    def __init__(self, private_keys: Sequence[str | bytes], passphrase: str | None = None) -> None:
        """The keys are armored or binary; `passphrase` opens those that are protected. Raises `PrivateKeyRefused`,
        `DecryptionUnavailable`."""
        self.left = 0
        """Values that looked encrypted and stayed as they are."""
        self._by_key_id: dict[str, PyDecryptor] = {}
        for key in private_keys:
            self._by_key_id |= _decryptors(key.encode() if isinstance(key, str) else key, passphrase)
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._decrypted)

    def text(self, message: str) -> str | None:
        """What a message holds; None where it is damaged or was encrypted to another key."""
        return self._remembered(message)

    def file(self, name: str) -> "FileDecryption":
        """What decrypts the values of one file."""
        return FileDecryption(self, name)

    def _decrypted(self, message: str) -> str | None:
        from pysequoia import decrypt

        data = message.encode()
        try:
            decryptor = next(self._by_key_id[one] for one in recipients(data) if one in self._by_key_id)
            clear = decrypt(data, decryptor).bytes
            return None if clear is None else clear.decode()
        except Exception:
            # Whatever the library says of it: the text stays as it is.
            return None


class FileDecryption:
    """The values of one file."""

    def __init__(self, decryptor: Decryptor, name: str) -> None:
        self._decryptor, self._name = decryptor, name
        self._opened = 0
        self._left: list[str] = []

    def values(self, value: Any) -> Any:
        """`value` with its messages decrypted, at any depth."""
        if isinstance(value, str):
            return self._text(value) if value.startswith(BEGIN) else value
        if isinstance(value, dict):
            return {name: self.values(inner) for name, inner in value.items()}
        return [self.values(inner) for inner in value] if isinstance(value, list) else value

    def finish(self) -> None:
        """The file is over. Raises `NotDecrypted` if there were messages and not one could be decrypted."""
        if self._left and not self._opened:
            raise NotDecrypted(
                f"{self._name} was not encrypted to the private key that was given, but to {_named(self._left[0])}"
            )
        self._decryptor.left += len(self._left)

    def _text(self, message: str) -> str:
        clear = self._decryptor.text(message)
        if clear is None:
            self._left.append(message)
            return message
        self._opened += 1
        return clear


def recipients(message: bytes) -> list[str]:
    """The ids of the keys that a message was encrypted to (RFC 9580, 5.1)."""
    from pysequoia.packet import PacketPile, Tag

    return [_key_id(packet.body) for packet in PacketPile.from_bytes(message) if packet.tag == Tag.PKESK]


def _key_id(body: bytes) -> str:
    if body[0] == 3:
        return body[1:9].hex()
    # Version 6: a length, the version of the key, its fingerprint; ids are one end of it or the other.
    fingerprint = body[3 : 2 + body[1]]
    return (fingerprint[-8:] if body[2] == 4 else fingerprint[:8]).hex()


def _named(message: str) -> str:
    """The key that a message was encrypted to, as it says in its header or by its id."""
    header = message.partition("\n\n")[0].partition("Comment: ")[2].partition("\n")[0]
    if header.startswith("public key ") and header.isprintable():
        return header
    try:
        return f"the key with the id {recipients(message.encode())[0].upper()}"
    except Exception:
        return "none that can be read"


def _decryptors(key: bytes, passphrase: str | None) -> Mapping[str, "PyDecryptor"]:
    """Those of a key's parts that decrypt, by their ids."""
    try:
        from pysequoia.packet import PacketPile, Tag
    except ImportError:
        raise DecryptionUnavailable from None
    try:
        packets = list(PacketPile.from_bytes(key))
    except Exception:
        packets = []
    if not any(packet.tag == Tag.SecretKey for packet in packets):
        raise PrivateKeyRefused(
            "no private key; give the output of: gpg --armor --export-secret-keys FINGERPRINT"
        )
    found = dict(_of_parts(packets, passphrase))
    if not found:
        # Subkeys that have expired must be named.
        primary, *subkeys = [packet.fingerprint.upper() for packet in packets if packet.fingerprint]
        raise PrivateKeyRefused(
            f"the private key has no part that decrypts, or has expired; extend it with `gpg --quick-set-expire {primary} 0` "
            f"and `gpg --quick-set-expire {primary} 0 {' '.join(subkeys)}`, then export it again"
        )
    return found


def _of_parts(packets: Sequence["Packet"], passphrase: str | None) -> Iterator[tuple[str, "PyDecryptor"]]:
    """Each part is looked at alone, beside the primary key: the library uses the first that decrypts."""
    from pysequoia import Tsk
    from pysequoia.packet import Tag

    sections: list[list[Packet]] = []
    for packet in packets:
        if packet.tag == Tag.Signature and sections:
            sections[-1].append(packet)
        else:
            sections.append([packet])
    always = [
        packet for section in sections if section[0].tag in (Tag.SecretKey, Tag.UserID) for packet in section
    ]
    for section in sections:
        if section[0].tag not in (Tag.SecretKey, Tag.SecretSubkey) or not section[0].key_id:
            continue
        part = always if section[0].tag == Tag.SecretKey else [*always, *section]
        if decryptor := _opened(Tsk.from_packets(part), passphrase):
            yield section[0].key_id, decryptor


def _opened(part: Any, passphrase: str | None) -> "PyDecryptor | None":
    """None for one that does not decrypt. Raises `PrivateKeyRefused` for one that stays closed."""
    try:
        opened: PyDecryptor = part.decryptor()
        return opened
    except Exception as error:
        if "No suitable" in str(error):
            return None
    if passphrase is None:
        raise PrivateKeyRefused("the private key is protected; give its passphrase (--passphrase-file)")
    try:
        with_passphrase: PyDecryptor = part.decryptor(passphrase)
        return with_passphrase
    except Exception:
        raise PrivateKeyRefused("the passphrase does not open the private key") from None
