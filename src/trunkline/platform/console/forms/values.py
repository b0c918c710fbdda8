"""Values of elements in words."""

from collections.abc import Callable, Mapping
from typing import Any

from trunkline.platform.configuration.types.profile import PACKAGES
from trunkline.platform.console.forms.fields import Field, Kind
from trunkline.platform.console.forms.words import PERMISSIONS

Say = Callable[[str, int], str]
"""From an object type and an id to a name."""

_PERMISSION_WORDS = {permission: text for group in PERMISSIONS.values() for permission, text in group}


def in_words(field: Field, value: Any, say: Say) -> str:
    """The value as a person reads it; empty where there is none."""
    if value is None or value == "" or value == []:
        return ""
    return _WORDS.get(field.kind, _plain)(field, value, say)


def _plain(_field: Field, value: Any, _say: Say) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _switch(_field: Field, value: Any, _say: Say) -> str:
    return "Yes" if value else "No"


def _choice(field: Field, value: Any, _say: Say) -> str:
    return dict(field.choices).get(str(value), str(value))


def _one(field: Field, value: Any, say: Say) -> str:
    return say(field.refers_to, value)


def _many(field: Field, value: Any, say: Say) -> str:
    return ", ".join(say(field.refers_to, number) for number in value)


def _part(field: Field, value: Mapping[str, Any], say: Say) -> str:
    shown = [
        (column, text) for column in field.columns if (text := in_words(column, value.get(column.name), say))
    ]
    return ", ".join(
        text if column.kind is Kind.ONE else f"{column.label.lower()} {text}" for column, text in shown
    )


def _rows(field: Field, value: Any, say: Say) -> str:
    return "\n".join(_part(field, row, say) for row in value)


def _permissions(_field: Field, value: Any, _say: Say) -> str:
    return "\n".join(
        _PERMISSION_WORDS[PACKAGES[package["id"]]]
        if package["id"] in PACKAGES
        else f"Package {package['id']}"
        for package in value
        if package["isEnabled"]
    )


_WORDS: dict[Kind, Callable[[Field, Any, Say], str]] = {
    Kind.SWITCH: _switch,
    Kind.CHOICE: _choice,
    Kind.ONE: _one,
    Kind.MANY: _many,
    Kind.PART: _part,
    Kind.ROWS: _rows,
    Kind.PERMISSIONS: _permissions,
}
