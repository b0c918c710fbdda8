"""Who asks: an object that stands beside a client and adds credentials to its requests."""

from collections.abc import Generator

import httpx2


class Authentication(httpx2.Auth):
    """What the clients of this package take as `auth`."""

    any_host = False
    """Whether the credentials may be shown to any host. True only where they are useless for another request."""


class Bearer(Authentication):
    """A token from the Login Service or from elsewhere.

    Whoever sees it can use it: clients send it to the host they were made for and to hosts that were allowed by name.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "Bearer(…)"

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request
