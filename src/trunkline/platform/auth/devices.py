"""Devices that a user is known by: a signed token that a browser keeps for a year. It proves nothing but an earlier log-in."""

import secrets

from django.core.signing import BadSignature, TimestampSigner

from trunkline.platform.accounts.models import Credential

KEPT_S = 365 * 24 * 3600

_SALT = "trunkline.device"


def token_of(account_id: str, number: int) -> str:
    """A new device of the user; it is forgotten when the password changes."""
    return TimestampSigner(salt=_SALT).sign_object(
        [secrets.token_hex(8), account_id, number, _password_of(account_id, number)]
    )


def place_of(token: str, account_id: str, number: int) -> str:
    """By what guesses from the device are counted; empty if it is not one of this user."""
    if not token or len(token) > 1000:
        return ""
    try:
        device, *owner = TimestampSigner(salt=_SALT).unsign_object(token, max_age=KEPT_S)
    except (BadSignature, ValueError):
        return ""
    return f"device {device}" if owner == [account_id, number, _password_of(account_id, number)] else ""


def _password_of(account_id: str, number: int) -> str:
    found = Credential.objects.filter(account_id=account_id, number=number).values_list(
        "fingerprint", flat=True
    )
    return found.first() or ""
