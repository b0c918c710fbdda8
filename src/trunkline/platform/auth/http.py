"""Who sends a request, as django-ninja asks for it: by a signature or a bearer token."""

from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja.security.base import AuthBase

from trunkline.platform.actors import Actor
from trunkline.platform.auth.authenticate import authenticate
from trunkline.platform.auth.bearers import actor_of_token
from trunkline.platform.auth.oauth1 import SignedRequest
from trunkline.platform.auth.problems import SignatureProblem
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import seen_in
from trunkline.web.forgery import comes_from

# What clients send unquoted in a path, and therefore sign unquoted.
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"


class OAuth1(AuthBase):
    """OAuth 1.0, a long-lived token with an API key; in the Authorization header only."""

    openapi_type = "http"
    openapi_scheme = "OAuth"
    openapi_description = (
        "OAuth 1.0 (RFC 5849) with the four values of an API key: app key and secret are the consumer's, access token "
        "and its secret the token's. HMAC-SHA1 or HMAC-SHA256, `Authorization` header only; `oauth_timestamp` within "
        "300 seconds; each request is accepted once."
    )

    def __call__(self, request: HttpRequest) -> Any:
        return None if _bearer(request) else _authenticate(request)


class Bearer(AuthBase):
    """A token of the Login Service or of OAuth 2.0."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = (
        "The `bearer` of a log-in (`/api/account/{accountId}/login`), or an access token for client credentials "
        "(`/sentinel/api/v2/account/{accountId}/app/token`). What it permits is asked at every request."
    )

    def __call__(self, request: HttpRequest) -> Any:
        return actor_of_token(_bearer(request), seen_in(request))


ANY_PROOF = (OAuth1(), Bearer())
"""Every operation takes them all, and permits the same to all."""


def check_same_origin(request: HttpRequest) -> None:
    """A request that goes by a cookie comes from no foreign page, as far as the caller is a browser. Raises `NotProven`."""
    own = urlsplit(settings.TRUNKLINE.platform_url)
    origin, site = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "")
    if (origin or site) and not comes_from(f"{own.scheme}://{own.netloc}", origin=origin, fetch_site=site):
        raise NotProven("This comes from a page of another site.", reason="csrf_invalid")


def _bearer(request: HttpRequest) -> str:
    """The token of an Authorization header that has one, else empty."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _authenticate(request: HttpRequest) -> Actor:
    try:
        body = request.body
    except RequestDataTooBig:
        raise SignatureProblem("body_hash_rejected", "the body is too large") from None
    return authenticate(
        SignedRequest(
            method=request.method or "",
            url=settings.TRUNKLINE.platform_url + quote(request.path, safe=_PATH_CHARACTERS),
            query=request.META.get("QUERY_STRING", ""),
            authorization=request.headers.get("Authorization", ""),
            content_type=request.headers.get("Content-Type", ""),
            body=body,
        ),
        seen_in(request),
    )
