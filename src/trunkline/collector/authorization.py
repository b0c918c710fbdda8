"""Whose key a request shows, and whether it may be used there."""

import re

from trunkline.collector.keyring import Keyring
from trunkline.collector.keys import WriteKey
from trunkline.collector.refusal import RequestRefused

_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,64}")


def producer_key(keyring: Keyring, account_id: str, headers: dict[bytes, bytes]) -> WriteKey:
    """The secret key in the header of a producer's request. Raises `RequestRefused`."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    key = _find(keyring, account_id, token.strip() if scheme.lower() == "bearer" else "")
    if key is None:
        message = "no valid write key; expected Authorization: Bearer and a key's token"
        raise RequestRefused(401, "unknown_key", message, field="Authorization")
    if key.publishable:
        message = "a publishable key is for pages; a producer needs one that was made with collect"
        raise RequestRefused(403, "publishable_key", message, field="Authorization")
    return key


def page_key(keyring: Keyring, account_id: str, token: str, origin: str) -> WriteKey:
    """The publishable key in the address of a request that a page of this origin makes. Raises `RequestRefused`."""
    key = _find(keyring, account_id, token)
    if key is None:
        message = "no valid publishable key; expected ?key= and a key's token"
        raise RequestRefused(401, "unknown_key", message, field="key")
    if not key.publishable:
        message = "a secret key stands in the address of a page: revoke it; pages need one made with collect-from-browser"
        raise RequestRefused(403, "secret_key", message, field="key")
    if origin not in key.origins:
        message = f"{origin[:300] or 'no origin'} is none of this key's origins; a key lists the pages that may use it"
        raise RequestRefused(403, "foreign_origin", message, field="Origin")
    return key


def _find(keyring: Keyring, account_id: str, token: str) -> WriteKey | None:
    if not _ACCOUNT.fullmatch(account_id):
        message = "accountId: expected 1 to 64 letters, digits, _ and -"
        raise RequestRefused(400, "malformed_account", message, field="accountId")
    if not keyring.loaded:
        raise RequestRefused(503, "starting", "the write keys are not known yet; try again", retry_after=1)
    key = keyring.find(token) if token else None
    if key is not None and key.account_id != account_id:
        # The same whether that account exists or not.
        raise RequestRefused(403, "foreign_account", "this key is for another account", field="accountId")
    return key
