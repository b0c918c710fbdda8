"""Signing in and out."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from trunkline.platform.auth import devices
from trunkline.platform.auth.logins import LogInKind, log_in, log_out
from trunkline.platform.console.pages import alone, not_built
from trunkline.platform.console.signed_in import COOKIE, SignedIn, check_own, page
from trunkline.platform.errors import STATUSES
from trunkline.platform.refusals import Refused
from trunkline.platform.seen import seen_in
from trunkline.web import assets
from trunkline.web.cookies import forget, keep
from trunkline.web.headers import secured

DEVICE = "__Host-trunkline-device"


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if not assets.is_built():
        return not_built()
    if request.method != "POST":
        return secured(_ask(request, request.GET.get("to", "")))
    given = request.POST
    try:
        check_own(request, None)
        made = log_in(
            given.get("account", "").strip(),
            given.get("user", "").strip(),
            given.get("password", ""),
            seen=seen_in(request),
            kind=LogInKind.CONSOLE,
            device=request.COOKIES.get(DEVICE, ""),
        )
    except Refused as refusal:
        return secured(_ask(request, given.get("to", ""), refusal))
    response = HttpResponseRedirect(wanted_page(given.get("to", "")))
    keep(response, COOKIE, made.token)
    keep(response, DEVICE, made.device, seconds=devices.KEPT_S)
    return secured(response)


def wanted_page(to: str) -> str:
    """Where the person wanted to go: only ever a page of the console."""
    home = reverse("console")
    inside = (
        url_has_allowed_host_and_scheme(to, allowed_hosts=None) and to.startswith(home) and "/../" not in to
    )
    return to if inside and to != reverse("console-sign-in") else home


@require_POST
@page
def sign_out(who: SignedIn) -> HttpResponse:
    log_out(who.request.COOKIES[COOKIE], who.form_token, seen_in(who.request), kind=LogInKind.CONSOLE)
    response = HttpResponseRedirect(reverse("console-sign-in"))
    forget(response, COOKIE)
    return response


def _ask(request: HttpRequest, to: str, refusal: Refused | None = None) -> HttpResponse:
    return alone(
        request,
        "console/sign_in.html",
        "Sign in",
        status=STATUSES.get(type(refusal), HTTPStatus.UNAUTHORIZED) if refusal else HTTPStatus.OK,
        to=to,
        account=request.POST.get("account", ""),
        user=request.POST.get("user", ""),
        problem=refusal.message if refusal else "",
    )
