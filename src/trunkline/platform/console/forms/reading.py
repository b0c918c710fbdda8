"""From what a form sent to the values that are written. Nothing is checked here: the schema does. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from trunkline.platform.configuration.types.profile import PACKAGES
from trunkline.platform.console.forms.fields import Field, Kind


class Posted(Protocol):
    """A form as it came."""

    def getlist(self, key: str) -> list[str]: ...

    def __iter__(self) -> Iterator[str]: ...


def read(fields: Iterable[Field], posted: Posted, current: Mapping[str, Any]) -> dict[str, Any]:
    """All values: those that the form shows as it has them, the others as they are."""
    shown = {
        field.name: _READERS.get(field.kind, _text)(field, field.name, posted, current.get(field.name))
        for field in fields
        if field.kind is not Kind.KEPT
    }
    return {**current, **shown}


def _text(field: Field, name: str, posted: Posted, current: Any) -> Any:
    """A number too: the schema reads it, and what is none comes back as it was typed."""
    text = _last(posted, name).replace("\r\n", "\n")
    if field.nullable and not text.strip():
        # Nothing and an empty text look the same in a form; saving it must not make one of the other.
        return current if current == "" else None
    return text


def _last(posted: Posted, name: str) -> str:
    return ["", *posted.getlist(name)][-1]


def _switch(_field: Field, name: str, posted: Posted, _current: Any) -> bool:
    return bool(_last(posted, name))


def _many(_field: Field, name: str, posted: Posted, current: Any) -> list[str]:
    """What stays keeps its order, what is new comes after: a form offers names in an order of its own."""
    chosen = posted.getlist(name)
    kept = [str(number) for number in current or () if str(number) in chosen]
    return kept + [value for value in chosen if value not in kept]


def _part(field: Field, name: str, posted: Posted, _current: Any) -> dict[str, Any] | None:
    part = {
        column.name: _READERS.get(column.kind, _text)(column, f"{name}-{column.name}", posted, None)
        for column in field.columns
    }
    named = [column.name for column in field.columns if column.kind is Kind.ONE]
    # A part is about an object; without it, it is not there.
    return part if any(part[one] for one in named) else None


def _rows(field: Field, name: str, posted: Posted, _current: Any) -> list[dict[str, Any]]:
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,6}})-")
    numbers = sorted({int(found[1]) for key in posted if (found := pattern.match(key))})
    rows = (_part(field, f"{name}-{number}", posted, None) for number in numbers)
    return [row for row in rows if row is not None]


def _permissions(_field: Field, name: str, posted: Posted, current: Any) -> list[dict[str, Any]]:
    """Packages that are none of ours stay as they are."""
    wanted = {number for number, permission in PACKAGES.items() if permission in posted.getlist(name)}
    kept = [
        package | {"isEnabled": package["id"] in wanted} if package["id"] in PACKAGES else package
        for package in current or ()
    ]
    there = {package["id"] for package in kept}
    added = [
        {"id": number, "isDisplayed": True, "featureKeys": [], "isEnabled": True}
        for number in sorted(wanted - there)
    ]
    return kept + added


_READERS: dict[Kind, Callable[[Field, str, Posted, Any], Any]] = {
    Kind.SWITCH: _switch,
    Kind.MANY: _many,
    Kind.PART: _part,
    Kind.ROWS: _rows,
    Kind.PERMISSIONS: _permissions,
}
