"""Where an account's services live: the domain look-up, and the fixed hosts of the Data Access API."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import msgspec

from trunkline.client.connection import Connection
from trunkline.client.errors import NotFound, UnexpectedAnswer
from trunkline.client.retry import RetryPolicy

LOOK_UP = "api.liveperson.net"
LIFE = 3600.0
"""Seconds for which an answer is believed; services move, so it is never kept for good."""

DATA_ACCESS_HOSTS = {
    "us": "va.da.liveperson.net",
    "uk": "lo.da.liveperson.net",
    "apac": "sy.da.liveperson.net",
}

_ACCOUNT = re.compile(r"[A-Za-z0-9_]{1,20}")


def data_access_url(host: str) -> str:
    """The address for a region (us, uk, apac), a host or a URL."""
    host = DATA_ACCESS_HOSTS.get(host.lower(), host)
    return host if "://" in host else f"https://{host}"


def checked_account(account: str) -> str:
    """`account` as it stands in an address. Raises `ValueError` for what cannot be an account number."""
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"{account!r}: an account number has 1 to 20 letters, digits and underscores")
    return account


class Domains:
    """The domain look-up (`baseURI`): which host serves a named service of an account. Asks without credentials."""

    def __init__(
        self,
        host: str = LOOK_UP,
        *,
        ca: Path | str | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = Connection(host, ca=ca, timeout=timeout, retry=retry)
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def find(self, account: str, service: str) -> str:
        """The bare host of one service. Raises `NotFound` where the account has no such service."""
        until, host = self._known.get((account, service), (0.0, ""))
        if not host or until <= self._clock():
            found = self._ask(account, f"service/{quote(service, safe='')}/baseURI.json")
            host = found.get(service, "")
        if not host:
            raise NotFound(
                404, host=self._connection.url.host, message=f"account {account} has no service {service}"
            )
        return host

    def find_several(self, account: str, *services: str) -> dict[str, str]:
        """Hosts by service name, in one request; a service that the account does not have is absent."""
        found = self._ask(account, "service/baseURI", services=",".join(services))
        return {service: found[service] for service in services if service in found}

    def find_all(self, account: str) -> dict[str, str]:
        """Every service of the account."""
        return self._ask(account, "service/baseURI.json")

    def _ask(self, account: str, path: str, **params: str) -> dict[str, str]:
        base = str(self._connection.url).rstrip("/")
        url = f"{base}/api/account/{checked_account(account)}/{path}"
        found = _base_uris(self._connection.get(url, {"version": "1.0", **params}))
        until = self._clock() + LIFE
        self._known |= {(account, service): (until, host) for service, host in found.items()}
        return found


def _base_uris(body: bytes) -> dict[str, str]:
    """Service → host, from `{"baseURIs": [{"service", "baseURI"}]}` or one such object by itself."""
    try:
        answer: Any = msgspec.json.decode(body)
        entries = answer.get("baseURIs", [answer])
        return {str(entry["service"]): str(entry["baseURI"]) for entry in entries}
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
        raise UnexpectedAnswer("the domain look-up did not answer with base URIs") from None
