"""Write keys: who may send events for which account.

A secret key's token is a bearer (`tlw_` and 43 characters of base64url, 256 random bits); only its SHA-256 is kept anywhere,
which is enough for a token that cannot be guessed. A publishable key's token (`tlp_`) stands in the source of every page that
uses it: what it may do is little, and only to pages of its origins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True)
class WriteKey:
    """One key as the collector needs it."""

    key_id: str
    account_id: str
    digest: str
    """SHA-256 of the token, hex."""
    backfill: bool = False
    """May import events older than the late limit."""
    origins: tuple[str, ...] = ()
    """Whose pages may send with it, as browsers write them (`https://shop.example`); empty: a secret key."""

    @property
    def publishable(self) -> bool:
        return bool(self.origins)


class WriteKeySource(Protocol):
    """Where the collector gets its keys: implemented by the platform on its database."""

    def write_keys(self) -> Sequence[WriteKey]:
        """Every key that is valid now. May raise anything; the collector then goes on with those it has."""


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest()
