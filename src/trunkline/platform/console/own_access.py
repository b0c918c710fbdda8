"""How somebody signs in: the own password, second factor and recovery codes."""

from typing import Any

import segno
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from trunkline.platform.auth.enrolment import enrol_at_console
from trunkline.platform.auth.own_password import change_own_password
from trunkline.platform.auth.second_factor import (
    Offer,
    offer,
    remove_own_second_factor,
    renew_recovery_codes,
)
from trunkline.platform.console.sign_in import repeated, wanted_page
from trunkline.platform.console.signed_in import COOKIE, SignedIn, page, page_of_anybody
from trunkline.platform.errors import STATUSES
from trunkline.platform.refusals import Invalid, NotProven, Refused
from trunkline.platform.seen import seen_in
from trunkline.web.cookies import keep, say


@page_of_anybody
def enrol(who: SignedIn) -> HttpResponse:
    """The second factor of somebody who has none: a code to scan, and one to type back."""
    given = who.request.POST
    if who.request.method != "POST":
        return _offered(who, offer(who.actor))
    try:
        made, codes = enrol_at_console(
            who.actor, given.get("sealed", ""), given.get("code", ""), seen=seen_in(who.request)
        )
    except Invalid as refusal:
        # The same once more, so that nobody has to scan again; a secret that does not fit what is sealed never enrols.
        same = Offer(given.get("secret", ""), given.get("uri", ""), given.get("sealed", ""))
        return _offered(who, offer(who.actor) if refusal.field == "sealed" else same, refusal)
    response = _codes(who, codes, wanted_page(given.get("to", "")))
    keep(response, COOKIE, made.token)
    return response


@page
def own_access(who: SignedIn) -> HttpResponse:
    return _own(who)


@require_POST
@page
def change_password(who: SignedIn) -> HttpResponse:
    given, login_name = who.request.POST, who.actor.originator.login_name
    try:
        new = repeated(given.get("new", ""), given.get("again", ""))
        old, token = given.get("password", ""), who.request.COOKIES[COOKIE]
        change_own_password(who.account.id, login_name, old, new, seen=seen_in(who.request), token=token)
    except (Invalid, NotProven) as refusal:
        return _own(who, refusal)
    response = HttpResponseRedirect(reverse("console-own"))
    say(response, "Your password is changed; your other log-ins have ended.")
    return response


@require_POST
@page
def new_codes(who: SignedIn) -> HttpResponse:
    try:
        codes = renew_recovery_codes(who.actor, who.request.POST.get("code", ""), seen=seen_in(who.request))
    except NotProven as refusal:
        return _own(who, refusal)
    return _codes(who, codes, reverse("console-own"))


@require_POST
@page
def another_device(who: SignedIn) -> HttpResponse:
    try:
        remove_own_second_factor(who.actor, who.request.POST.get("code", ""), seen=seen_in(who.request))
    except NotProven as refusal:
        return _own(who, refusal)
    return HttpResponseRedirect(reverse("console-enrol"))


def _own(who: SignedIn, refusal: Refused | None = None) -> HttpResponse:
    return who.show("console/own.html", "How you sign in", **_problem(refusal))


def _offered(who: SignedIn, offered: Offer, refusal: Refused | None = None) -> HttpResponse:
    given = who.request
    return who.show_alone(
        "console/enrol.html",
        "Set up your second factor",
        offered=offered,
        picture=segno.make(offered.uri).svg_data_uri(scale=5, border=3, light="white"),
        to=given.POST.get("to", "") or given.GET.get("to", ""),
        **_problem(refusal),
    )


def _codes(who: SignedIn, codes: list[str], to: str) -> HttpResponse:
    return who.show_alone("console/codes.html", "Your recovery codes", codes=codes, to=to)


def _problem(refusal: Refused | None) -> dict[str, Any]:
    if refusal is None:
        return {}
    return {"problem": refusal.message, "status": STATUSES.get(type(refusal), 403)}
