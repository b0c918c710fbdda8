"""What a signed request claims, and whether its signature proves it: RFC 5849 and the body hash extension.

Pure rules. The base string is oauthlib's; its ready-made endpoint is not used: that
answers only yes or no, where a caller must be told what to mend, and it asks for the nonce before the signature.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Literal, cast

from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import escape

from trunkline.platform.auth.problems import SignatureProblem

WINDOW_S = 300
"""A timestamp may differ by so many seconds from our clock, either way."""

MAX_HEADER = 4096
MAX_QUERY = 8192

# PLAINTEXT would show the secrets, and RSA is nobody's here.
_METHODS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
_REQUIRED = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
)
_TIMESTAMP = re.compile(r"[0-9]{10}\Z")
_NONCE = re.compile(r"[\x21-\x7e]{1,100}\Z")
_NAMES = re.compile(r"[\s,](oauth_[a-z_]+)\s*=")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class SignedRequest:
    """What of a request is signed."""

    method: str
    url: str
    """Our public address and the path as it was sent; no query."""
    query: str
    authorization: str = field(repr=False)
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)

    @property
    def form(self) -> str:
        """The body where it is a form: then its members are signed."""
        is_form = self.content_type.split(";")[0].strip().lower() == _FORM
        return self.body.decode("utf-8", "replace") if is_form else ""


@dataclass(frozen=True)
class Claims:
    """What the Authorization header says."""

    app_key: str
    access_token: str
    timestamp: int
    nonce: str
    method: str
    signature: str = field(repr=False)
    body_hash: str | None


def read_claims(request: SignedRequest, now: int) -> Claims:
    """The claims of a request, each well formed and in time; `now` in epoch seconds. Raises `SignatureProblem`."""
    said = _oauth_parameters(request)
    for name in _REQUIRED:
        if not said.get(name):
            raise SignatureProblem("parameter_absent", f"{name} is missing from the Authorization header")
    if said.get("oauth_version", "1.0") != "1.0":
        raise SignatureProblem("version_rejected", "oauth_version must be 1.0")
    if said["oauth_signature_method"] not in _METHODS:
        raise SignatureProblem("signature_method_rejected", f"sign with {' or '.join(_METHODS)}")
    if not _NONCE.match(said["oauth_nonce"]):
        raise SignatureProblem(
            "parameter_rejected", "oauth_nonce must have 1 to 100 visible ASCII characters"
        )
    return Claims(
        app_key=said["oauth_consumer_key"],
        access_token=said["oauth_token"],
        timestamp=_timestamp(said["oauth_timestamp"], now),
        nonce=said["oauth_nonce"],
        method=said["oauth_signature_method"],
        signature=said["oauth_signature"],
        body_hash=said.get("oauth_body_hash"),
    )


def is_signed_by(request: SignedRequest, claims: Claims, secret: str, token_secret: str) -> bool:
    """True if the signature was made with both secrets. Takes the same time wherever it differs."""
    key = f"{escape(secret)}&{escape(token_secret)}".encode()
    digest = hmac.digest(key, _base_string(request).encode(), _METHODS[claims.method])
    return compare_digest(base64.b64encode(digest), claims.signature.encode())


def check_body_hash(request: SignedRequest, claims: Claims) -> None:
    """Raises `SignatureProblem` if a hash of the body was sent that is not this body's."""
    if claims.body_hash is None:
        return
    digest = hashlib.new(_METHODS[claims.method], request.body).digest()
    if not compare_digest(base64.b64encode(digest), claims.body_hash.encode()):
        raise SignatureProblem(
            "body_hash_rejected", "oauth_body_hash is not the hash of the body that arrived"
        )


def _oauth_parameters(request: SignedRequest) -> Mapping[str, str]:
    if not request.authorization:
        raise SignatureProblem("parameter_absent", "the Authorization header is missing; sign with OAuth 1.0")
    if not request.authorization[:6].lower() == "oauth ":
        raise SignatureProblem("parameter_rejected", "the Authorization header must begin with OAuth")
    if len(request.authorization) > MAX_HEADER or len(request.query) > MAX_QUERY:
        raise SignatureProblem("parameter_rejected", "the Authorization header or the query is too long")
    if "oauth_" in request.query or "oauth_" in request.form:
        raise SignatureProblem(
            "parameter_rejected", "oauth_ parameters belong into the Authorization header only"
        )
    pairs = _collect(headers={"Authorization": request.authorization}, exclude_oauth_signature=False)
    names = _NAMES.findall(request.authorization)
    if len(names) != len(set(names)):
        raise SignatureProblem("parameter_rejected", "a parameter stands twice in the Authorization header")
    return dict(pairs)


def _base_string(request: SignedRequest) -> str:
    parameters = _collect(
        uri_query=request.query, body=request.form, headers={"Authorization": request.authorization}
    )
    # The stubs know a closed list of methods; what is signed is whatever method was sent.
    method = cast("Literal['GET']", request.method)
    address = signature.base_string_uri(request.url)
    return signature.signature_base_string(method, address, signature.normalize_parameters(parameters))


def _collect(**where: Any) -> Any:
    try:
        return signature.collect_parameters(**where)
    except ValueError:
        raise SignatureProblem(
            "parameter_rejected",
            "the Authorization header or the query is not percent-encoded as RFC 5849 asks",
        ) from None


def _timestamp(text: str, now: int) -> int:
    if not _TIMESTAMP.match(text):
        raise SignatureProblem(
            "timestamp_refused", "oauth_timestamp must be the time in whole seconds since 1970"
        )
    timestamp = int(text)
    if abs(now - timestamp) > WINDOW_S:
        raise SignatureProblem(
            "timestamp_refused",
            f"oauth_timestamp {timestamp} is more than {WINDOW_S} seconds away from the time here, {now}; "
            "set the clock and sign again",
        )
    return timestamp
