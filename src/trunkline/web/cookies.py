"""Cookies of a web face. `__Host-` binds each to this host and to TLS: no other site and no subdomain can plant one."""

from django.core import signing
from django.http import HttpRequest, HttpResponse

SAID = "__Host-trunkline-said"
_SAID_SECONDS = 60
_MOST = 300


def keep(response: HttpResponse, name: str, value: str, *, seconds: int | None = None) -> None:
    """For so long, or until the browser ends."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="Lax")


def forget(response: HttpResponse, name: str) -> None:
    keep(response, name, "", seconds=0)


def say(response: HttpResponse, text: str) -> None:
    """The next page shows it, once."""
    keep(response, SAID, signing.dumps(text[:_MOST], salt="said"), seconds=_SAID_SECONDS)


def said(request: HttpRequest) -> str:
    try:
        text: str = signing.loads(request.COOKIES.get(SAID, ""), salt="said", max_age=_SAID_SECONDS)
    except signing.BadSignature:
        return ""
    return text
