"""HTTPS to one server: TLS, time-outs, retries, and errors in the terms of this package.

A connection follows the addresses that the server returns, also to other hosts; its credentials follow only where that
is safe (see `Connection`). Redirects are not followed: the published APIs have none.
"""

import logging
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Self, TypeVar

import httpx2

from trunkline import __version__
from trunkline.client.answers import refusal
from trunkline.client.authentication import Authentication
from trunkline.client.errors import ApiError, UnexpectedAnswer, Unreachable, UntrustedCertificate
from trunkline.client.retry import RetryPolicy, decide

log = logging.getLogger(__name__)

ANSWER_LIMIT = 64 * 2**20
"""Bytes of an answer that is read as a whole; files are streamed and have no limit."""

T = TypeVar("T")


class Connection:
    """A server and who asks it.

    Credentials that anybody could use who sees them (bearer tokens) go to the scheme, host and port of `url` and to
    `allowed_hosts` (over https, default port unless `host:port` is given); a request to any other host is sent without
    them. Credentials that are good for one request only (OAuth 1.0 signatures) go with every request.
    """

    def __init__(
        self,
        url: str,
        auth: Authentication | None = None,
        *,
        ca: Path | str | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        """`ca` is a PEM file of the one authority to trust in place of the system's; `timeout` is in seconds.

        Raises `ValueError` for a URL or an authority that cannot be used.
        """
        self.url = _server_url(url)
        self.auth = auth
        self.retry = retry or RetryPolicy()
        self._known = {self.url.origin} | {httpx2.URL(f"https://{host}").origin for host in allowed_hosts}
        self._client = httpx2.Client(
            verify=_trust(ca) if ca else True,
            timeout=timeout,
            headers={"User-Agent": f"trunkline/{__version__}", "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get(self, url: str, params: Mapping[str, str] | None = None) -> bytes:
        """The body of an answer, retried as the policy has it. Raises `ClientError`."""
        return self.retrying(lambda: self._read(url, params))

    def retrying(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, asked again after failures that may pass."""
        patience = self.retry.patience
        for attempt in count(1):
            try:
                return ask()
            except UntrustedCertificate:
                raise
            except (ApiError, Unreachable) as error:
                wait = _wait(error, attempt, patience)
                if wait is None:
                    raise
                log.info("%s; asking again in %g s", error, wait)
            patience -= wait
            self.retry.sleep(wait)
        raise AssertionError("count does not end")

    @contextmanager
    def open(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx2.Response]:
        """One request, its answer to be streamed; not retried.

        Raises `ApiError` for a status of 300 and above, `Unreachable` when the connection fails, also later while the
        body is read.
        """
        request = self._client.build_request("GET", url, params=params, headers=headers)
        if request.url.scheme != "https" and request.url.scheme != self.url.scheme:
            raise UnexpectedAnswer(f"{self.url.host} points to an address without TLS: {url}")
        shown = self._may_see_credentials(request.url)
        with _translated(request.url.host):
            response = self._client.send(request, auth=self.auth if shown else None, stream=True)
            try:
                if response.status_code >= 300:
                    raise refusal(response, credentials_shown=shown or self.auth is None)
                yield response
            finally:
                response.close()

    def _read(self, url: str, params: Mapping[str, str] | None) -> bytes:
        body = bytearray()
        with self.open(url, params, {"Accept": "application/json"}) as response:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > ANSWER_LIMIT:
                    raise UnexpectedAnswer(
                        f"{response.url.host}: the answer is larger than {ANSWER_LIMIT} bytes"
                    )
        return bytes(body)

    def _may_see_credentials(self, url: httpx2.URL) -> bool:
        return self.auth is not None and (self.auth.any_host or url.origin in self._known)


def _wait(error: ApiError | Unreachable, attempt: int, patience: float) -> float | None:
    if isinstance(error, ApiError):
        return decide(attempt, error.status, retry_after=error.retry_after, patience=patience)
    return decide(attempt, None, patience=patience)


def _server_url(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url if "://" in url else f"https://{url}")
    except httpx2.InvalidURL as error:
        raise ValueError(f"{url}: not an address ({error})") from None
    if parsed.scheme not in ("https", "http") or not parsed.host or parsed.userinfo or parsed.query:
        raise ValueError(f"{parsed.host or url}: an address such as https://data.example.com expected")
    return parsed


def _trust(ca: Path | str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"{ca}: not a file of certificates in PEM form ({error})") from None


@contextmanager
def _translated(host: str) -> Iterator[None]:
    try:
        yield
    except httpx2.InvalidURL as error:
        raise UnexpectedAnswer(f"{host}: {error}") from None
    except httpx2.TransportError as error:
        if untrusted := _certificate_problem(error):
            raise UntrustedCertificate(f"{host}: {untrusted}") from None
        said = str(error) or type(error).__name__
        raise Unreachable(f"{host} cannot be reached ({said})") from None


def _certificate_problem(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message or "the certificate is not trusted"
        error = error.__cause__ or error.__context__
    return ""
