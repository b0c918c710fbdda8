"""Pages on which an object is created, seen, changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import (
    check_values,
    create_objects,
    read_object,
    replace_objects,
)
from trunkline.platform.console.forms.controls import controls_of
from trunkline.platform.console.forms.fields import fields_of
from trunkline.platform.console.forms.layouts import LAYOUTS
from trunkline.platform.console.forms.reading import read
from trunkline.platform.console.forms.values import in_words
from trunkline.platform.console.listing import type_at
from trunkline.platform.console.names import Names
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.errors import STATUSES
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import Conflict, Invalid, Refused, Stale
from trunkline.web.cookies import say


@dataclass(frozen=True)
class Differing:
    """An element of which the form and the object hold different values."""

    label: str
    mine: str
    now: str


@page
def creating(who: SignedIn, path: str) -> HttpResponse:
    object_type = type_at(path)
    who.actor.require(object_type.write, who.account.id)
    if who.request.method != "POST":
        return _form(who, object_type, {})
    values = read(fields_of(object_type), who.request.POST, {})
    try:
        (made,) = create_objects(who.actor, who.account.id, object_type, [values])
    except (Invalid, Conflict) as refusal:
        return _form(who, object_type, values, refusal=refusal)
    return _done(object_type, made, "is created")


@page
def editing(who: SignedIn, path: str, number: int) -> HttpResponse:
    object_type = type_at(path)
    row = read_object(who.actor, who.account.id, object_type, number)
    if who.request.method != "POST":
        return _form(who, object_type, row.values, row)
    values = read(fields_of(object_type), who.request.POST, row.values)
    try:
        (changed,) = replace_objects(
            who.actor, who.account.id, object_type, {number: values}, revision=_revision(who)
        )
    except Stale:
        return _stale(who, object_type, values, row)
    except (Invalid, Conflict) as refusal:
        return _form(who, object_type, values, row, refusal=refusal)
    return _done(object_type, changed, "is saved" if changed.revision != row.revision else "is as it was")


def _revision(who: SignedIn) -> int:
    """Of the copy that the form was made from; a form that does not say counts as the oldest."""
    told = who.request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0


def _done(object_type: ObjectType, row: ConfigurationObject, what: str) -> HttpResponse:
    response = HttpResponseRedirect(reverse("console-object", args=[object_type.path, row.number]))
    say(response, f"The {object_type.label} {row.name} {what}.")
    return response


def _form(
    who: SignedIn,
    object_type: ObjectType,
    values: Mapping[str, Any],
    row: ConfigurationObject | None = None,
    *,
    refusal: Refused | None = None,
    differing: list[Differing] | None = None,
) -> HttpResponse:
    layout = LAYOUTS[object_type.name]
    at = refusal.field.partition(".")[0] if refusal else ""
    parts = controls_of(
        object_type, values, Names(who.actor, who.account.id), {at: refusal.message} if refusal else {}
    )
    may_write = who.actor.may(object_type.write, who.account.id) and not (row and row.deleted)
    return who.show(
        "console/form.html",
        row.name if row else f"New {object_type.label}",
        status=STATUSES[type(refusal)] if refusal else 200,
        type=object_type,
        layout=layout,
        row=row,
        parts=parts,
        problem=refusal.message if refusal else "",
        problem_at=f"field-{at}" if at else "",
        differing=differing,
        may_write=may_write,
        may_see_trail=who.actor.may(Permission.AUDIT_TRAIL, who.account.id),
    )


def _stale(
    who: SignedIn, object_type: ObjectType, values: Mapping[str, Any], row: ConfigurationObject
) -> HttpResponse:
    """Both versions; saved again from here, the person has seen the other."""
    names = Names(who.actor, who.account.id)
    mine = check_values(object_type, values)
    differing = [
        Differing(
            field.label,
            in_words(field, mine[field.name], names.say),
            in_words(field, row.values.get(field.name), names.say),
        )
        for field in fields_of(object_type)
        if mine[field.name] != row.values.get(field.name)
    ]
    refusal = Stale(f"The {object_type.label} was changed while you had it open. Nothing is saved yet.")
    return _form(who, object_type, values, row, refusal=refusal, differing=differing)
