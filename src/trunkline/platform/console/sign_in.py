"""Signing in, by the password and then by a code of the second factor, and out."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from trunkline.platform.auth import devices
from trunkline.platform.auth.logins import LogInKind, NewLogIn, find_half, log_in, log_out
from trunkline.platform.auth.own_password import change_own_password
from trunkline.platform.auth.second_factor import pass_second_factor
from trunkline.platform.console.pages import alone, not_built
from trunkline.platform.console.signed_in import COOKIE, SignedIn, check_own, page_of_anybody
from trunkline.platform.errors import STATUSES
from trunkline.platform.refusals import Invalid, NotProven, Refused
from trunkline.platform.seen import seen_in
from trunkline.web import assets
from trunkline.web.cookies import forget, keep
from trunkline.web.headers import secured

DEVICE = "__Host-trunkline-device"

View = Callable[[HttpRequest], HttpResponse]


def _open(view: View) -> View:
    """A page for those who are not signed in yet."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def show(request: HttpRequest) -> HttpResponse:
        return secured(view(request)) if assets.is_built() else not_built()

    return show


@_open
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _ask(request, "sign_in", "Sign in")
    try:
        check_own(request, None)
        made = log_in(
            *_claimed(request), seen=seen_in(request), kind=LogInKind.CONSOLE, device=_device(request)
        )
    except NotProven as refusal:
        if refusal.reason == "password_expired":
            return _ask(request, "expired", "Change your password", refusal)
        return _ask(request, "sign_in", "Sign in", refusal)
    except Refused as refusal:
        return _ask(request, "sign_in", "Sign in", refusal)
    if made.second_factor_due:
        return _begun(_to_code(request), made)
    return _begun(HttpResponseRedirect(wanted_page(request.POST.get("to", ""))), made)


@_open
def code(request: HttpRequest) -> HttpResponse:
    """The second step, on the half log-in of the first."""
    token = request.COOKIES.get(COOKIE, "")
    if find_half(token) is None:
        return HttpResponseRedirect(f"{reverse('console-sign-in')}?{urlencode({'to': _to(request)})}")
    if request.method != "POST":
        return _ask(request, "code", "Second factor")
    try:
        check_own(request, None)
        made = pass_second_factor(token, request.POST.get("code", ""), seen=seen_in(request))
    except Refused as refusal:
        return _ask(request, "code", "Second factor", refusal)
    return _begun(HttpResponseRedirect(wanted_page(_to(request))), made)


@_open
def expired(request: HttpRequest) -> HttpResponse:
    """A password that must be changed is good for that only."""
    given = request.POST
    if request.method != "POST":
        return _ask(request, "expired", "Change your password")
    try:
        check_own(request, None)
        new = repeated(given.get("new", ""), given.get("again", ""))
        account, user, old = _claimed(request)
        change_own_password(account, user, old, new, seen=seen_in(request), device=_device(request))
    except Refused as refusal:
        return _ask(request, "expired", "Change your password", refusal)
    return _ask(request, "sign_in", "Sign in", changed=True)


@require_POST
@page_of_anybody
def sign_out(who: SignedIn) -> HttpResponse:
    log_out(who.request.COOKIES[COOKIE], who.form_token, seen_in(who.request), kind=LogInKind.CONSOLE)
    response = HttpResponseRedirect(reverse("console-sign-in"))
    forget(response, COOKIE)
    return response


def wanted_page(to: str) -> str:
    """Where the person wanted to go: only ever a page of the console."""
    home = reverse("console")
    inside = url_has_allowed_host_and_scheme(to, allowed_hosts=None) and to.startswith(home)
    return to if inside and "/../" not in to and not to.startswith(reverse("console-sign-in")) else home


def repeated(new: str, again: str) -> str:
    """Raises `Invalid` for a password that was typed in two ways."""
    if new != again:
        raise Invalid("The new password was not typed the same way twice.", field="again")
    return new


def _claimed(request: HttpRequest) -> tuple[str, str, str]:
    given = request.POST
    return given.get("account", "").strip(), given.get("user", "").strip(), given.get("password", "")


def _device(request: HttpRequest) -> str:
    return request.COOKIES.get(DEVICE, "")


def _to(request: HttpRequest) -> str:
    return request.POST.get("to", "") or request.GET.get("to", "")


def _to_code(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('console-code')}?{urlencode({'to': _to(request)})}")


def _begun(response: HttpResponse, made: NewLogIn) -> HttpResponse:
    keep(response, COOKIE, made.token)
    keep(response, DEVICE, made.device, seconds=devices.KEPT_S)
    return response


def _ask(
    request: HttpRequest, template: str, title: str, refusal: Refused | None = None, **more: Any
) -> HttpResponse:
    account, user, _password = _claimed(request)
    return alone(
        request,
        f"console/{template}.html",
        title,
        status=STATUSES.get(type(refusal), HTTPStatus.UNAUTHORIZED) if refusal else HTTPStatus.OK,
        to=_to(request),
        account=account,
        user=user,
        problem=refusal.message if refusal else "",
        **more,
    )
