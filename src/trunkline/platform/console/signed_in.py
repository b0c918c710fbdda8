"""Who is at the console. Every page but those of signing in asks here first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.models import Account
from trunkline.platform.actors import Actor
from trunkline.platform.auth.logins import LogInKind, actor_of_bearer, csrf_of
from trunkline.platform.auth.second_factor import read_user
from trunkline.platform.auth.user_actor import has_second_factor
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.console.pages import Page, alone, not_built, refused
from trunkline.platform.errors import note_denied
from trunkline.platform.refusals import NotPermitted, NotProven, Refused
from trunkline.platform.seen import seen_in
from trunkline.web import assets
from trunkline.web.forgery import comes_from, is_own
from trunkline.web.headers import secured

P = ParamSpec("P")

COOKIE = "__Host-trunkline-log-in"


@dataclass(frozen=True)
class SignedIn:
    """Somebody of an account, who asks for a page."""

    request: HttpRequest
    actor: Actor
    user: ConfigurationObject
    account: Account
    form_token: str

    def show(self, template: str, title: str, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        page = Page(self.request, self.actor, self.account, self.form_token)
        return page.show(template, title, status=status, **context)

    def show_alone(
        self, template: str, title: str, *, status: int = HTTPStatus.OK, **context: Any
    ) -> HttpResponse:
        """Without the menu: one has to pass here."""
        return alone(self.request, template, title, status=status, form_token=self.form_token, **context)


View = Callable[Concatenate[SignedIn, P], HttpResponseBase]
Shown = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(view: View[P]) -> Shown[P]:
    """A view for those who are signed in and have a second factor; who has none yet is sent to get one."""

    @wraps(view)
    def show(who: SignedIn, /, *arguments: P.args, **named: P.kwargs) -> HttpResponseBase:
        if not has_second_factor(who.user):
            return HttpResponseRedirect(
                f"{reverse('console-enrol')}?{urlencode({'to': _wanted(who.request)})}"
            )
        return view(who, *arguments, **named)

    return page_of_anybody(show)


def page_of_anybody(view: View[P]) -> Shown[P]:
    """A view for those who are signed in; others are sent to sign in, and come back. What a verb refuses is a page, too."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def show(request: HttpRequest, /, *arguments: P.args, **named: P.kwargs) -> HttpResponseBase:
        if not assets.is_built():
            return not_built()
        try:
            who = _signed_in(request)
        except NotProven:
            return secured(_to_sign_in(request))
        try:
            if request.method == "POST":
                check_own(request, who.form_token)
            return secured(view(who, *arguments, **named))
        except Refused as refusal:
            note_denied(request, refusal)
            return secured(refused(who, refusal))

    return show


def _signed_in(request: HttpRequest) -> SignedIn:
    token = request.COOKIES.get(COOKIE, "")
    actor = actor_of_bearer(token, seen_in(request), kind=LogInKind.CONSOLE)
    assert actor.account_id is not None  # users have one
    request.auth = actor  # type: ignore[attr-defined]  # for the logs, as the APIs set it
    user = read_user(actor.account_id, int(actor.id))
    return SignedIn(request, actor, user, find_account(actor.account_id), csrf_of(token))


def check_own(request: HttpRequest, form_token: str | None) -> None:
    """Raises `NotPermitted` for a request that another site made. `form_token` is None before there is a log-in."""
    own = urlsplit(settings.TRUNKLINE.platform_url)
    from_us = comes_from(
        f"{own.scheme}://{own.netloc}",
        origin=request.headers.get("Origin", ""),
        fetch_site=request.headers.get("Sec-Fetch-Site", ""),
    )
    if not from_us:
        raise NotPermitted(
            f"This was not sent from a page of the console; open it at {settings.TRUNKLINE.platform_url}{reverse('console')}.",
            reason="foreign_page",
        )
    if form_token is not None and not is_own(str(request.POST.get("form-token", "")), form_token):
        raise NotPermitted(
            "This page was made for another log-in; go back, load it again and repeat what you did.",
            reason="form_token",
        )


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = f"{reverse('console-sign-in')}?{urlencode({'to': _wanted(request)})}"
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(address)
    # A part of a page was asked for; the whole page has to go.
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    response["HX-Redirect"] = address
    return response


def _wanted(request: HttpRequest) -> str:
    """The page to come back to; what was sent with it is not sent again."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else reverse("console")
