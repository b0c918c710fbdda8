"""Secrets at rest: AES-256-GCM envelopes.

Each account has a data key, which seals its secrets; the key-encryption keys of the settings seal the data keys and
never reach the database. Whatever is sealed is bound to its place (account, record, field, version): moved to another
row or account it does not open.

A sealed value is one byte of version, 12 bytes of nonce (random: a key seals far fewer than 2^32 values), then the
ciphertext with its tag.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline.settings import SettingError

VERSION = 1
_NONCE_BYTES = 12
_KEY_BYTES = 32


class CannotOpen(Exception):
    """A sealed value is not what was sealed at this place, or the key that sealed it is gone."""


class DataKey:
    """An account's key, open. Its repr shows nothing of it."""

    def __init__(self, account_id: str, key: bytes) -> None:
        self.account_id = account_id
        self._cipher = AESGCM(key)
        self._fingerprint_key = hmac.digest(key, b"fingerprints", "sha256")

    def __repr__(self) -> str:
        return f"<DataKey of {self.account_id}>"

    def seal(self, value: str, *, record: str, field: str) -> bytes:
        return _seal(self._cipher, value.encode(), _place(self.account_id, record, field))

    def open(self, sealed: bytes, *, record: str, field: str) -> str:
        """The value. Raises `CannotOpen` anywhere but at the place it was sealed for."""
        return _open([self._cipher], sealed, _place(self.account_id, record, field)).decode()

    def fingerprint(self, value: str) -> str:
        """16 hexadecimal digits that tell whether two secrets of the account are the same, and nothing else of them."""
        return hmac.digest(self._fingerprint_key, value.encode(), "sha256").hex()[:16]


class Sealer:
    """The key-encryption keys: the first seals, all open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]

    def __repr__(self) -> str:
        return f"<Sealer with {len(self._ciphers)} keys>"

    def new_data_key(self, account_id: str) -> bytes:
        """A fresh data key for an account, sealed."""
        return self._seal_data_key(account_id, secrets.token_bytes(_KEY_BYTES))

    def open_data_key(self, account_id: str, sealed: bytes) -> DataKey:
        """Raises `CannotOpen` for another account's key and where no key of the settings fits."""
        return DataKey(account_id, self._open_data_key(account_id, sealed))

    def reseal_data_key(self, account_id: str, sealed: bytes) -> bytes:
        """The same data key, sealed by the first key of the settings."""
        return self._seal_data_key(account_id, self._open_data_key(account_id, sealed))

    def _seal_data_key(self, account_id: str, key: bytes) -> bytes:
        return _seal(self._ciphers[0], key, _place(account_id, account_id, "data-key"))

    def _open_data_key(self, account_id: str, sealed: bytes) -> bytes:
        return _open(self._ciphers, sealed, _place(account_id, account_id, "data-key"))


def read_keys(text: str) -> list[bytes]:
    """The keys of a setting: base64 of 32 bytes each, comma-separated. Raises `SettingError`."""
    keys = [_read_key(part.strip()) for part in text.split(",") if part.strip()]
    if not keys:
        raise SettingError(
            "TRUNKLINE_SEALING_KEYS: not set, so secrets cannot be sealed; `trunkline up` makes a key in the data "
            "folder, or set it to the base64 of 32 random bytes"
        )
    return keys


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingError("TRUNKLINE_SEALING_KEYS: each key is the base64 of exactly 32 bytes")
    return key


def _place(account_id: str, record: str, field: str) -> bytes:
    return json.dumps([account_id, record, field, VERSION]).encode()


def _seal(cipher: AESGCM, value: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return bytes([VERSION]) + nonce + cipher.encrypt(nonce, value, place)


def _open(ciphers: Sequence[AESGCM], sealed: bytes, place: bytes) -> bytes:
    if sealed[:1] != bytes([VERSION]):
        raise CannotOpen("sealed by an unknown version")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    for cipher in ciphers:
        try:
            return cipher.decrypt(nonce, ciphertext, place)
        except (InvalidTag, ValueError):
            continue
    raise CannotOpen("not sealed for this place, or by a key that is not in TRUNKLINE_SEALING_KEYS")
