"""Pages as they are shown: the shell around them, and those that say why there is none."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from trunkline.platform import errors
from trunkline.platform.accounts.models import Account
from trunkline.platform.actors import Actor
from trunkline.platform.console.navigation import navigation
from trunkline.platform.refusals import Refused
from trunkline.web.assets import NOT_BUILT, is_built
from trunkline.web.cookies import SAID, forget, said
from trunkline.web.headers import secured

FACE = "Trunkline"

_TITLES = {
    HTTPStatus.FORBIDDEN: "Not permitted",
    HTTPStatus.NOT_FOUND: "Not found",
}


@dataclass(frozen=True)
class Page:
    """In the shell, for somebody who is signed in."""

    request: HttpRequest
    actor: Actor
    account: Account
    form_token: str

    def show(self, template: str, title: str, *, status: int, **context: Any) -> HttpResponse:
        shell = {
            "face": FACE,
            "home": reverse("console"),
            "title": title,
            "account": self.account,
            "zone": self.account.zone,
            "who": self.actor.originator,
            "form_token": self.form_token,
            "navigation": navigation(self.actor, self.account.id, self.request.path),
            "said": said(self.request),
        }
        response = render(self.request, template, shell | context, status=status)
        if SAID in self.request.COOKIES:
            forget(response, SAID)
        return response


def alone(
    request: HttpRequest, template: str, title: str, *, status: int = HTTPStatus.OK, **context: Any
) -> HttpResponse:
    """Without the shell, for somebody who is not signed in."""
    around = {"face": FACE, "home": reverse("console"), "title": title}
    return render(request, template, around | context, status=status)


class Shown(Protocol):
    def show(self, template: str, title: str, *, status: int = ..., **context: Any) -> HttpResponse: ...


def refused(who: Shown, refusal: Refused) -> HttpResponse:
    """The page instead of that which was refused."""
    status = errors.STATUSES[type(refusal)]
    return who.show(
        "console/refused.html", _TITLES.get(status, "Not done"), status=status, message=refusal.message
    )


@require_safe
def to_console(_request: HttpRequest) -> HttpResponse:
    """Whoever opens the server's bare address with a browser."""
    return HttpResponseRedirect(reverse("console"))


def server_error(request: HttpRequest) -> HttpResponse:
    """For pages and, beyond the console, as the APIs have it."""
    if not request.path.startswith(reverse("console")) or not is_built():
        return errors.server_error(request)
    return secured(
        alone(request, "console/failed.html", "Something went wrong", status=HTTPStatus.INTERNAL_SERVER_ERROR)
    )


def not_built() -> HttpResponse:
    return HttpResponse(f"{NOT_BUILT}\n", status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain")
