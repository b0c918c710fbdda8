"""The controls of a form: fields with what stands in them, what can be chosen, and what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.types.profile import PACKAGES
from trunkline.platform.console.forms.fields import Field, Kind
from trunkline.platform.console.forms.layouts import parts_of
from trunkline.platform.console.forms.words import PERMISSIONS
from trunkline.platform.console.names import Names


@dataclass(frozen=True)
class Choice:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class Control:
    field: Field
    name: str
    value: str = ""
    on: bool = False
    choices: Sequence[Choice] = ()
    groups: Sequence[tuple[str, Sequence[Choice]]] = ()
    rows: Sequence[Sequence["Control"]] = ()
    blank: Sequence["Control"] = ()
    """A row to copy."""
    hidden_ids: bool = False
    """The actor may not know what can be chosen here; what is set stays."""
    error: str = ""

    @property
    def id(self) -> str:
        return f"field-{self.name}"

    @property
    def kind(self) -> str:
        return str(self.field.kind)

    @property
    def described_by(self) -> str:
        told = ((self.error, "error"), (self.field.hint, "hint"))
        return " ".join(f"{self.id}-{what}" for text, what in told if text)


@dataclass(frozen=True)
class Part:
    title: str
    controls: Sequence[Control] = field(default=())

    @property
    def has_error(self) -> bool:
        return any(control.error for control in self.controls)


def controls_of(
    object_type: ObjectType, values: Mapping[str, Any], names: Names, errors: Mapping[str, str]
) -> list[Part]:
    """The whole form. `errors` by element."""
    return [
        Part(
            title,
            [_control(one, one.name, values.get(one.name, one.default), names, errors) for one in fields],
        )
        for title, fields in parts_of(object_type)
        if fields
    ]


def _control(one: Field, name: str, value: Any, names: Names, errors: Mapping[str, str]) -> Control:
    error = errors.get(name, "")
    match one.kind:
        case Kind.SWITCH:
            return Control(one, name, on=bool(value), error=error)
        case Kind.CHOICE:
            return Control(one, name, choices=_choices(one.choices, [value]), error=error)
        case Kind.ONE | Kind.MANY:
            return _reference(one, name, value, names, error)
        case Kind.PERMISSIONS:
            return Control(one, name, groups=_permissions(value or ()), error=error)
        case Kind.PART:
            return Control(one, name, rows=[_row(one, name, value or {}, names)], error=error)
        case Kind.ROWS:
            rows = [_row(one, f"{name}-{number}", row, names) for number, row in enumerate(value or ())]
            return Control(one, name, rows=rows, blank=_row(one, f"{name}-__", {}, names), error=error)
        case _:
            return Control(one, name, "" if value is None else str(value), error=error)


def _row(one: Field, name: str, value: Mapping[str, Any], names: Names) -> list[Control]:
    return [
        _control(column, f"{name}-{column.name}", value.get(column.name, column.default), names, {})
        for column in one.columns
    ]


def _reference(one: Field, name: str, value: Any, names: Names, error: str) -> Control:
    known = names.of(one.refers_to)
    chosen = value if isinstance(value, list) else [] if value is None else [value]
    if known is None:
        choices = [Choice(str(number), str(number), True) for number in chosen]
        return Control(one, name, choices=choices, hidden_ids=True, error=error)
    pairs = [(str(number), text) for number, text in known.items()]
    return Control(one, name, choices=_choices(pairs, chosen), error=error)


def _choices(pairs: Iterable[tuple[str, str]], chosen: Iterable[Any]) -> list[Choice]:
    """What is chosen and not offered is offered too: opening a form changes nothing."""
    wanted = [str(value) for value in chosen if value not in (None, "")]
    offered = list(pairs)
    missing = [(value, value) for value in wanted if value not in {value for value, _ in offered}]
    return [Choice(value, text, value in wanted) for value, text in [*offered, *missing]]


def _permissions(packages: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Choice]]]:
    given = {
        PACKAGES[package["id"]] for package in packages if package["isEnabled"] and package["id"] in PACKAGES
    }
    return [
        (title, [Choice(str(permission), text, permission in given) for permission, text in group])
        for title, group in PERMISSIONS.items()
    ]
