"""Lists of configuration objects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse

from trunkline.platform.configuration.object_types import ObjectType, Stored
from trunkline.platform.configuration.objects import list_objects
from trunkline.platform.configuration.registry import AGENT_GROUP, BY_PATH
from trunkline.platform.console.forms.fields import Field, Kind, fields_of
from trunkline.platform.console.forms.layouts import LAYOUTS
from trunkline.platform.console.forms.values import in_words
from trunkline.platform.console.names import Names
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.console.tree import tree
from trunkline.platform.refusals import NotFound
from trunkline.web.paging import page_of


@dataclass(frozen=True)
class Cell:
    text: str
    label: str
    is_switch: bool
    on: bool


@dataclass(frozen=True)
class Row:
    address: str
    number: int
    name: str
    deleted: bool
    cells: Sequence[Cell]

    def holds(self, wanted: str) -> bool:
        texts = (self.name, str(self.number), *(cell.text for cell in self.cells))
        return any(wanted in text.casefold() for text in texts)


def type_at(path: str) -> ObjectType:
    """Raises `NotFound`."""
    if path not in BY_PATH:
        raise NotFound("There is no such page.")
    return BY_PATH[path]


@page
def missing(_who: SignedIn, /, **_rest: str) -> HttpResponse:
    raise NotFound("There is no such page.")


@page
def listing(who: SignedIn, path: str) -> HttpResponse:
    object_type = type_at(path)
    layout = LAYOUTS[object_type.name]
    asked = who.request.GET
    found = list_objects(who.actor, who.account.id, object_type, include_deleted=bool(asked.get("deleted")))
    fields = _columns(object_type)
    names = Names(who.actor, who.account.id)
    rows = [
        _row(object_type, one, fields, names)
        for one in sorted(found.objects, key=lambda one: one.name.casefold())
    ]
    wanted = asked.get("q", "").strip().casefold()
    fitting = [row for row in rows if row.holds(wanted)] if wanted else rows
    as_tree = object_type is AGENT_GROUP and not wanted and not asked.get("deleted")
    return who.show(
        "console/tree.html" if as_tree else "console/list.html",
        layout.title,
        type=object_type,
        layout=layout,
        columns=fields,
        branches=tree(found.objects) if as_tree else (),
        pages=page_of(fitting, asked.get("page", "")),
        is_empty=not rows,
        q=asked.get("q", ""),
        deleted=asked.get("deleted", ""),
        named_by=next(field.label for field in fields_of(object_type) if field.name == object_type.named_by),
        may_write=who.actor.may(object_type.write, who.account.id),
    )


def _columns(object_type: ObjectType) -> list[Field]:
    fields = {field.name: field for field in fields_of(object_type)}
    return [fields[name] for name in LAYOUTS[object_type.name].columns]


def _row(object_type: ObjectType, one: Stored, fields: Iterable[Field], names: Names) -> Row:
    cells = [
        Cell(
            in_words(field, one.values.get(field.name), names.say),
            field.label,
            field.kind is Kind.SWITCH,
            bool(one.values.get(field.name)),
        )
        for field in fields
    ]
    address = reverse("console-object", args=[object_type.path, one.number])
    return Row(address, one.number, one.name, one.deleted, cells)
