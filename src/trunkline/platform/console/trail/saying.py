"""Changes as a person reads them: who did what to which object, and each element's value before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse

from trunkline.platform.actors import Kind
from trunkline.platform.audit.display import ENGLISH, display
from trunkline.platform.audit.entries import ADD, DELETE
from trunkline.platform.audit.rows import Changed, Document, Row
from trunkline.platform.configuration.registry import BY_NAME
from trunkline.platform.console.forms.fields import fields_of
from trunkline.platform.console.forms.values import in_words
from trunkline.platform.console.names import Names

_DID = {ADD: "added", DELETE: "deleted"}
_KINDS = {Kind.OPERATOR: "Operator", Kind.SYSTEM: "The system"}


@dataclass(frozen=True)
class Element:
    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    number: int
    time: int
    did: str
    action: str
    type: str
    object: str
    object_id: str
    address: str
    """The page of the object; empty where it has none."""
    who: str
    elements: Sequence[Element]

    @property
    def telling(self) -> list[Element]:
        """Without those that were empty and stay so: a new object has many."""
        return [element for element in self.elements if element.old or element.new]


def changes(rows: Iterable[Row], names: Names) -> list[Change]:
    """Lines that belong to one change are told together."""
    told = []
    for _number, lines in groupby(rows, key=lambda row: row.document.number):
        mine = list(lines)
        told.append(change(mine[0].document, [row.changed for row in mine], names))
    return told


def change(document: Document, changed: Iterable[Changed], names: Names) -> Change:
    kind, words = document.object.type, display(ENGLISH)
    return Change(
        number=document.number,
        time=document.time,
        did=_DID.get(document.action, "changed"),
        action=document.action,
        type=BY_NAME[kind].label if kind in BY_NAME else words.object_type(kind),
        object=document.object.name,
        object_id=document.object.id,
        address=_address(kind, document.object.id),
        who=_who(document),
        elements=[
            Element(
                one.element,
                words.element(kind, one.element),
                _said(kind, one, one.old, names),
                _said(kind, one, one.new, names),
            )
            for one in sorted(changed, key=lambda one: one.element)
            if one.element
        ],
    )


def _said(kind: str, changed: Changed, value: Any, names: Names) -> str:
    fields = {field.name: field for field in fields_of(BY_NAME[kind])} if kind in BY_NAME else {}
    if field := fields.get(changed.element):
        return in_words(field, value, names.say_with_id)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return display(ENGLISH).value(value)


def _who(document: Document) -> str:
    actor = document.actor
    return actor.name or actor.login_name or _KINDS.get(Kind(actor.kind), f"{actor.kind} {actor.id}".strip())


def _address(kind: str, object_id: str) -> str:
    if kind in BY_NAME:
        return reverse("console-object", args=[BY_NAME[kind].path, int(object_id)])
    if kind in ("apiKey", "writeKey"):
        return reverse("console-key", args=[object_id])
    return reverse("console-data-type", args=[object_id]) if kind == "dataType" else ""
