"""The account: its settings, and its data types with how their sessions close."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from trunkline.platform.accounts.data_types import data_types_of, switch_off, switch_on
from trunkline.platform.accounts.models import AccountDataType
from trunkline.platform.console.forms.words import DATA_TYPES
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.errors import STATUSES
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import Invalid, NotFound, Refused
from trunkline.schemas import registry
from trunkline.web.cookies import say


@page
def account(who: SignedIn) -> HttpResponse:
    kept = {row.data_type: row for row in data_types_of(who.actor, who.account.id)}
    data_types = [(name, DATA_TYPES.get(name, name), kept.get(name)) for name in registry.data_types()]
    return who.show("console/account.html", "Account", data_types=data_types)


@page
def data_type(who: SignedIn, name: str) -> HttpResponse:
    who.actor.require(Permission.CONFIGURE, who.account.id)
    if name not in registry.data_types():
        raise NotFound("There is no such data type.")
    if who.request.method != "POST":
        kept = {row.data_type: row for row in data_types_of(who.actor, who.account.id)}
        return _form(who, name, _given(kept.get(name), name))
    given = who.request.POST.dict()
    try:
        _save(who, name, given)
    except Invalid as refusal:
        return _form(who, name, given, refusal)
    response = HttpResponseRedirect(reverse("console-account"))
    say(response, f"{DATA_TYPES.get(name, name)} is {'on' if given.get('switched_on') else 'off'}.")
    return response


def _save(who: SignedIn, name: str, given: dict[str, Any]) -> None:
    if not given.get("switched_on"):
        return switch_off(who.actor, who.account.id, name)
    switch_on(
        who.actor,
        who.account.id,
        name,
        heartbeats=bool(given.get("heartbeats")),
        inactivity_minutes=_number(given, "inactivity-minutes"),
        maximum_hours=_number(given, "maximum-hours"),
        drop_late=bool(given.get("drop_late")),
        schema_version=given.get("schema-version"),
    )
    return None


def _number(given: dict[str, Any], field: str) -> int | None:
    text = given.get(field, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("Expected a whole number, or nothing for what the data type has.", field=field)
    return int(text)


def _given(row: AccountDataType | None, name: str) -> dict[str, Any]:
    if row is None:
        return {"schema-version": registry.versions(name)[0]}
    return {
        "switched_on": row.switched_on,
        "heartbeats": row.heartbeats,
        "inactivity-minutes": "" if row.inactivity_minutes is None else row.inactivity_minutes,
        "maximum-hours": "" if row.maximum_hours is None else row.maximum_hours,
        "drop_late": row.drop_late,
        "schema-version": row.schema_version,
    }


def _form(who: SignedIn, name: str, given: dict[str, Any], refusal: Refused | None = None) -> HttpResponse:
    numbers = [
        (
            "inactivity-minutes",
            "Inactivity",
            "minutes after which a session closes; empty: as the data type has it",
        ),
        (
            "maximum-hours",
            "Longest session",
            "hours after which a session is cut; empty: as the data type has it",
        ),
    ]
    switches = [
        ("switched_on", "Make files of this data type"),
        ("heartbeats", "Producers send heartbeats"),
        ("drop_late", "Drop late events instead of publishing the session again"),
    ]
    return who.show(
        "console/data_type.html",
        DATA_TYPES.get(name, name),
        status=STATUSES[type(refusal)] if refusal else 200,
        numbers=[(field, label, hint, given.get(field, "")) for field, label, hint in numbers],
        switches=[
            (field, label, given.get(field))
            for field, label in switches
            if field != "heartbeats" or name == "agentActivity"
        ],
        versions=registry.versions(name),
        version=given.get("schema-version"),
        problem=refusal.message if refusal else "",
        problem_at=refusal.field if refusal else "",
    )
