"""Around every request: its id, its line in the log, its measures, and the headers that every answer carries."""

import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from trunkline.platform.errors import error_response
from trunkline.platform.measures import REQUEST_SECONDS, REQUESTS
from trunkline.platform.seen import REQUEST_ID, address_of

log = structlog.get_logger()

Handler = Callable[[HttpRequest], HttpResponseBase]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observed(handler: Handler) -> Handler:
    """Gives each request an id, logs it once and counts it."""

    def observe(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = request.META[REQUEST_ID] = _request_id(request)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = handler(request)
            response["X-Request-ID"] = request_id
            _record(request, response, time.perf_counter() - started)
            return response
        finally:
            structlog.contextvars.clear_contextvars()

    return observe


def guarded(handler: Handler) -> Handler:
    """Adds the headers of every answer, and gives errors that Django makes itself our shape."""
    secure = settings.TRUNKLINE.platform_url.startswith("https:")

    def guard(request: HttpRequest) -> HttpResponseBase:
        # TRACE would send a signed request back to whoever can make a browser ask for it.
        response = handler(request) if request.method in _METHODS else HttpResponseNotAllowed(["GET", "HEAD"])
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response = _method_not_allowed(response)
        if isinstance(response, HttpResponse):
            response.setdefault("Content-Length", str(len(response.content)))
        response.setdefault("Cache-Control", "no-store")
        response.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        response.setdefault("Referrer-Policy", "no-referrer")
        response.setdefault("X-Content-Type-Options", "nosniff")
        if secure:
            response.setdefault("Strict-Transport-Security", "max-age=31536000")
        # A server adds its own name where there is none.
        response.setdefault("Server", "Trunkline")
        return response

    return guard


def _request_id(request: HttpRequest) -> str:
    """The proxy's id for the request where the proxy is trusted, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    if _REQUEST_ID.match(given) and _is_trusted(_peer(request)):
        return given
    return uuid.uuid4().hex


def _record(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    route = request.resolver_match.route if request.resolver_match else "none"
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)
    actor = getattr(request, "auth", None)
    log.info(
        "request",
        method=method,
        path=request.path[:300],
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
        address=address_of(request),
        key=getattr(actor, "id", None),
        account=getattr(actor, "account_id", None),
    )


def _method_not_allowed(response: HttpResponseBase) -> HttpResponse:
    refused = error_response(
        HTTPStatus.METHOD_NOT_ALLOWED, f"This address takes {response['Allow']}.", reason="method_not_allowed"
    )
    refused["Allow"] = response["Allow"]
    return refused


def _peer(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _is_trusted(address: str) -> bool:
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in settings.TRUNKLINE.trusted_proxies)
