"""OAuth 2.0 client credentials: an installed application's id and secret become a token, the token goes along.

Published as V1 and V2 of the service `sentinel`; tokens live for an hour.
"""

import base64
import binascii
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import httpx2
import msgspec

from trunkline.client.answers import refusal
from trunkline.client.authentication import Authentication
from trunkline.client.domains import Domains, checked_account
from trunkline.client.errors import UnexpectedAnswer

RENEW_BEFORE = 60.0
"""Seconds before its end from which a token is no longer used."""

_PATHS = {
    1: "/sentinel/api/account/{account}/app/token?v=1.0",
    2: "/sentinel/api/v2/account/{account}/app/token",
}


@dataclass(frozen=True)
class _Token:
    text: str
    until: float
    """On this machine's monotonic clock, so that a wrong time of day does not matter."""

    def __repr__(self) -> str:
        return "_Token(…)"


class OAuth2ClientCredentials(Authentication):
    """A token fetched with a client id and secret, renewed shortly before its end and once when it is refused.

    For synchronous clients. One object may serve several clients and threads; they share the token.
    """

    def __init__(
        self,
        account: str,
        client_id: str,
        client_secret: str,
        *,
        sentinel: str | None = None,
        version: int = 2,
        domains: Domains | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sentinel` is the host or URL of the token service; without it the account's domain look-up is asked."""
        if version not in _PATHS:
            raise ValueError(f"version {version}: 1 or 2 expected")
        self.account = checked_account(account)
        self.client_id = client_id
        self._client_secret = client_secret
        self._sentinel = sentinel
        self._path = _PATHS[version].format(account=account)
        self._domains = domains
        self._clock = clock
        self._token: _Token | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"OAuth2ClientCredentials(account={self.account!r}, client_id={self.client_id!r})"

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        raise TypeError("OAuth2ClientCredentials works with the synchronous httpx2.Client only")

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        token = yield from self._current(refused=None)
        response = yield _carrying(request, token)
        if response.status_code == 401:
            token = yield from self._current(refused=token)
            yield _carrying(request, token)

    def _current(self, refused: _Token | None) -> Generator[httpx2.Request, httpx2.Response, _Token]:
        # Held while the token is fetched: threads that need one at the same time share one request.
        with self._lock:
            held = self._token
            if held is None or held is refused or held.until <= self._clock():
                response = yield self._token_request()
                if response.status_code != 200:
                    raise refusal(response)
                held = self._token = self._read(response.read())
            return held

    def _token_request(self) -> httpx2.Request:
        host = self._sentinel or self._look_up()
        server = host if "://" in host else f"https://{host}"
        form = {
            "client_id": self.client_id,
            "client_secret": self._client_secret,
            "grant_type": "client_credentials",
        }
        # A request made by hand has no time-out of its own.
        extensions = {"timeout": httpx2.Timeout(30.0).as_dict()}
        return httpx2.Request("POST", server.rstrip("/") + self._path, data=form, extensions=extensions)

    def _look_up(self) -> str:
        if self._domains:
            return self._domains.find(self.account, "sentinel")
        with Domains() as domains:
            return domains.find(self.account, "sentinel")

    def _read(self, body: bytes) -> _Token:
        try:
            answer: Any = msgspec.json.decode(body)
            text = str(answer["access_token"])
        except (msgspec.DecodeError, KeyError, TypeError):
            raise UnexpectedAnswer("the token service did not answer with a token") from None
        life = answer.get("expires_in") or _life(text)
        return _Token(text, self._clock() + float(life) - RENEW_BEFORE if life else float("inf"))


def _carrying(request: httpx2.Request, token: _Token) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {token.text}"
    return request


def _life(token: str) -> float | None:
    """Seconds from a JWT's `iat` to its `exp`, or None. The token is not verified: that is its reader's duty."""
    try:
        payload = token.split(".")[1]
        claims: Any = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error, msgspec.DecodeError):
        return None
