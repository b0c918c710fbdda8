"""How others sign in: an administrator gives a password, and takes away a second factor that is lost."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.auth.second_factor import remove_second_factor
from trunkline.platform.auth.user_actor import has_second_factor
from trunkline.platform.configuration.objects import read_object
from trunkline.platform.configuration.registry import USER
from trunkline.platform.console.sign_in import repeated
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.errors import STATUSES
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import Invalid, Refused
from trunkline.web.cookies import say


@page
def user_access(who: SignedIn, number: int) -> HttpResponse:
    return _show(who, number)


@require_POST
@page
def give_password(who: SignedIn, number: int) -> HttpResponse:
    given = who.request.POST
    try:
        new = repeated(given.get("new", ""), given.get("again", ""))
        user = set_user_password(
            who.actor, who.account.id, number, new, change_at_next_log_in=bool(given.get("change"))
        )
    except Invalid as refusal:
        return _show(who, number, refusal)
    return _done(number, f"{user.name} has a new password; its log-ins have ended.")


@require_POST
@page
def take_second_factor(who: SignedIn, number: int) -> HttpResponse:
    remove_second_factor(who.actor, who.account.id, number)
    return _done(
        number, "The second factor is removed; the next time the user signs in it sets up a new one."
    )


def _show(who: SignedIn, number: int, refusal: Refused | None = None) -> HttpResponse:
    who.actor.require(Permission.USERS, who.account.id)
    user = read_object(who.actor, who.account.id, USER, number, include_deleted=False)
    return who.show(
        "console/user_access.html",
        f"How {user.name} signs in",
        status=STATUSES[type(refusal)] if refusal else 200,
        user=user,
        has_second_factor=has_second_factor(user),
        problem=refusal.message if refusal else "",
    )


def _done(number: int, text: str) -> HttpResponse:
    response = HttpResponseRedirect(reverse("console-user-access", args=[number]))
    say(response, text)
    return response
