"""OAuth 1.0 with an API key: every request carries a signature over its own method, address and parameters.

RFC 5849 section 3; HMAC-SHA1 is what the platform publishes. A JSON body is not part of what is signed, a
form-encoded one is.
"""

from collections.abc import Callable, Generator, Mapping
from urllib.parse import parse_qsl, urlsplit

import httpx2
from oauthlib.common import generate_nonce, generate_timestamp
from oauthlib.oauth1.rfc5849 import Client, signature
from oauthlib.oauth1.rfc5849.utils import escape

from trunkline.client.authentication import Authentication

_FORM = "application/x-www-form-urlencoded"
_SIGN: dict[str, Callable[[str, Client], str]] = {
    "HMAC-SHA1": signature.sign_hmac_sha1_with_client,
    "HMAC-SHA256": signature.sign_hmac_sha256_with_client,
}


class OAuth1(Authentication):
    """The four values of an API key.

    A signature is good for one request to one address only, so it may go to any host that a listing names.
    """

    any_host = True
    requires_request_body = True

    def __init__(
        self,
        app_key: str,
        secret: str,
        access_token: str,
        access_token_secret: str,
        *,
        signature_method: str = "HMAC-SHA1",
    ) -> None:
        """`signature_method` is HMAC-SHA1 or HMAC-SHA256; raises `ValueError` for another."""
        if signature_method not in _SIGN:
            raise ValueError(f"{signature_method}: HMAC-SHA1 or HMAC-SHA256 expected")
        self.app_key = app_key
        self.access_token = access_token
        self.signature_method = signature_method
        self._secrets = Client(app_key, client_secret=secret, resource_owner_secret=access_token_secret)

    def __repr__(self) -> str:
        return f"OAuth1(app_key={self.app_key!r}, signature_method={self.signature_method!r})"

    @classmethod
    def from_key(cls, key: Mapping[str, str], *, signature_method: str = "HMAC-SHA1") -> "OAuth1":
        """From a key as the platform prints it: appKey, secret, accessToken and accessTokenSecret.

        Raises `ValueError` that names a missing member.
        """
        names = ("appKey", "secret", "accessToken", "accessTokenSecret")
        if missing := [name for name in names if not key.get(name)]:
            raise ValueError(f"{missing[0]} is missing")
        return cls(*(key[name] for name in names), signature_method=signature_method)

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        form = request.content.decode() if request.headers.get("Content-Type", "").startswith(_FORM) else ""
        header = self.header(request.method, str(request.url), form=form)
        request.headers["Authorization"] = header
        yield request

    def header(
        self, method: str, url: str, *, form: str = "", nonce: str | None = None, timestamp: int | None = None
    ) -> str:
        """The `Authorization` header of a request for exactly this `url`; `form` is a form-encoded body.

        `timestamp` is in epoch seconds; it and `nonce` are given only to repeat a known signature.
        """
        oauth = [
            ("oauth_consumer_key", self.app_key),
            ("oauth_token", self.access_token),
            ("oauth_signature_method", self.signature_method),
            ("oauth_timestamp", str(timestamp or generate_timestamp())),
            ("oauth_nonce", nonce or generate_nonce()),
            ("oauth_version", "1.0"),
        ]
        sent = [*_decoded(urlsplit(url).query), *_decoded(form), *oauth]
        base = signature.signature_base_string(
            method,  # type: ignore[arg-type]  # the stub lists methods; any may be sent
            signature.base_string_uri(url),
            signature.normalize_parameters(sent),  # type: ignore[arg-type]  # the stub knows no repeated names
        )
        signed = _SIGN[self.signature_method](base, self._secrets)
        fields = [*oauth, ("oauth_signature", signed)]
        return "OAuth " + ", ".join(f'{name}="{escape(value)}"' for name, value in fields)


def _decoded(encoded: str) -> list[tuple[str, str]]:
    return parse_qsl(encoded, keep_blank_values=True)
