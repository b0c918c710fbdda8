"""What a form asks for, read from the schema of an object type. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from trunkline.platform.audit.display import ENGLISH, display
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.registry import BY_NAME
from trunkline.platform.console.forms.words import CHOICES

_LONG = 1000
"""Text that may be longer gets more than a line."""

_PARTS = {
    "agentGroupId": "Agent group",
    "assignmentDate": "Since",
    "priority": "Priority",
    "splitPercentage": "Share (percent)",
}


class Kind(StrEnum):
    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    ONE = "one"
    """One object, by its id."""
    MANY = "many"
    PART = "part"
    """Elements of its own, or nothing."""
    ROWS = "rows"
    """Any number of parts."""
    PERMISSIONS = "permissions"
    KEPT = "kept"
    """Not shown; what it holds stays."""


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    kind: Kind
    default: Any = None
    hint: str = ""
    required: bool = False
    nullable: bool = False
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    refers_to: str = ""
    columns: tuple["Field", ...] = ()


def fields_of(object_type: ObjectType) -> tuple[Field, ...]:
    """One for each element, in the order of the schema."""
    return _fields_of(object_type.name)


@cache
def _fields_of(type_name: str) -> tuple[Field, ...]:
    object_type = BY_NAME[type_name]
    schema = object_type.schema.model_json_schema()
    return _fields(object_type, schema, schema.get("$defs", {}), "")


def _fields(
    object_type: ObjectType, schema: Mapping[str, Any], parts: Mapping[str, Any], above: str
) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _field(object_type, above + name, member, parts, name in required)
        for name, member in schema["properties"].items()
    )


def _field(
    object_type: ObjectType, path: str, member: Mapping[str, Any], parts: Mapping[str, Any], required: bool
) -> Field:
    meant, nullable = _resolved(member, parts)
    choices = CHOICES.get((object_type.name, path)) or {value: str(value) for value in meant.get("enum", ())}
    refers_to = object_type.references.get(path, "")
    columns: tuple[Field, ...] = ()
    if part := _part(meant, parts):
        columns = _fields(object_type, part, parts, f"{path}.")
    return Field(
        name=path.rpartition(".")[2],
        label=_label(object_type, path),
        kind=_kind(path, meant, bool(choices), refers_to, columns),
        default=member.get("default"),
        hint=member.get("description", "") if "properties" not in meant else "",
        required=required,
        nullable=nullable,
        minimum=meant.get("minimum"),
        maximum=meant.get("maximum"),
        max_length=meant.get("maxLength"),
        choices=tuple((str(value), text) for value, text in choices.items()),
        refers_to=refers_to,
        columns=columns,
    )


def _label(object_type: ObjectType, path: str) -> str:
    """As the trail calls it; of parts of elements it says nothing."""
    return _PARTS.get(path.rpartition(".")[2]) or display(ENGLISH).element(object_type.name, path)


def _kind(
    path: str, meant: Mapping[str, Any], has_choices: bool, refers_to: str, columns: tuple[Field, ...]
) -> Kind:
    if path == "permissionPackages":
        return Kind.PERMISSIONS
    if meant["type"] == "array":
        return Kind.ROWS if columns else Kind.MANY if refers_to else Kind.KEPT
    if columns:
        return Kind.PART
    if refers_to:
        return Kind.ONE
    if has_choices:
        return Kind.CHOICE
    simple = {"boolean": Kind.SWITCH, "integer": Kind.NUMBER}
    return simple.get(meant["type"], Kind.TEXT if (meant.get("maxLength") or 0) > _LONG else Kind.LINE)


def _resolved(member: Mapping[str, Any], parts: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """What may be written there, and whether that may be nothing."""
    kinds = member.get("anyOf", [member])
    (meant,) = [kind for kind in kinds if kind.get("type") != "null"]
    if "$ref" in meant:
        meant = parts[meant["$ref"].rpartition("/")[2]]
    return meant, len(kinds) > 1


def _part(meant: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    inside = _resolved(meant["items"], parts)[0] if meant["type"] == "array" else meant
    return inside if "properties" in inside else None
