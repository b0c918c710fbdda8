"""The headers of a page: nothing runs or loads that is not ours, and nothing of it stays on the way."""

from typing import TypeVar

from django.http.response import HttpResponseBase

Response = TypeVar("Response", bound=HttpResponseBase)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def secured(response: Response) -> Response:
    """The same page, which may hold personal data."""
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    # Under `no-referrer` a browser sends `Origin: null` with a form, and we could not tell our own from others'.
    response["Referrer-Policy"] = "same-origin"
    response["Cross-Origin-Opener-Policy"] = "same-origin"
    response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    response["X-Frame-Options"] = "DENY"
    return response
