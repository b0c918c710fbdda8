"""The sensitive values of records, found and replaced: those of fields that a schema marks with `"sensitive": true`.

From a schema come types that take apart only what leads to such a field; everything else stays the text that it was, byte for
byte. They fit records as our encoding writes them: every field, in the order of the schema.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from trunkline.schemas import registry
from trunkline.schemas.names import Node, branch_name, branches, kind_of


@dataclass
class Value:
    """A sensitive value where it stands."""

    text: str = field(repr=False)
    place: int
    """A number for each place in the schema."""
    _holder: Any = field(repr=False)
    _key: Any

    def replace(self, text: str) -> None:
        if isinstance(self._holder, list):
            self._holder[self._key] = text
        else:
            setattr(self._holder, self._key, text)


class Finder:
    """Made once for a schema. Raises `ValueError` where something is marked that holds other values than texts."""

    def __init__(self, schema: Node) -> None:
        self._part = _part(schema, False, count())
        self._decoder = msgspec.json.Decoder(self._part.type if self._part else Any)
        self._encoder = msgspec.json.Encoder()

    @property
    def finds(self) -> bool:
        """Whether the schema marks anything."""
        return self._part is not None

    def take_apart(self, line: bytes | bytearray) -> tuple[Any, list[Value]]:
        """A record, and its sensitive values that are neither null nor empty. Raises `msgspec.ValidationError`."""
        record, values = self._decoder.decode(line), list[Value]()
        if self._part:
            self._part.find(None, None, record, values)
        return record, values

    def put_together(self, record: Any) -> bytes:
        """The line of a record, with what its values were replaced by."""
        return self._encoder.encode(record)


@cache
def finder(data_type: str, version: str) -> Finder:
    """Of a data type's schema. Raises `UnknownSchema`."""
    return Finder(registry.spelled_out(data_type, version))


@dataclass(frozen=True)
class _Part:
    """What leads to sensitive values: how it is decoded, and how they are found in it, given its holder and its key there."""

    type: Any
    find: Callable[[Any, Any, Any, list[Value]], None]


def _part(node: Node, marked: bool, places: Iterator[int]) -> _Part | None:
    """None for what has nothing sensitive in it. `marked`: the field that holds this node is."""
    if isinstance(node, list):
        fields = {branch_name(branch): _part(branch, marked, places) for branch in branches(node)}
        union = _struct(fields, optional=True)
        return union and _Part(union.type | None if "null" in node else union.type, union.find)
    if kind_of(node) == "array":
        assert isinstance(node, dict)
        return _array(_part(node["items"], marked, places))
    if marked:
        return _text(node, next(places))
    if kind_of(node) == "record":
        assert isinstance(node, dict)
        inside = {
            one["name"]: _part(one["type"], one.get("sensitive", False), places) for one in node["fields"]
        }
        return _struct(inside)
    return None


def _text(node: Node, place: int) -> _Part:
    if kind_of(node) != "string":
        raise ValueError(
            f"a field of {kind_of(node)} is marked as sensitive: only texts and lists of them can be"
        )

    def find(holder: Any, key: Any, value: Any, values: list[Value]) -> None:
        if value:
            values.append(Value(value, place, holder, key))

    return _Part(str, find)


def _array(item: _Part | None) -> _Part | None:
    if item is None:
        return None

    def find(_holder: Any, _key: Any, value: Any, values: list[Value]) -> None:
        for number, one in enumerate(value):
            item.find(value, number, one, values)

    return _Part(list[item.type], find)  # type: ignore[name-defined]  # a type made at run time


def _struct(parts: dict[str, _Part | None], *, optional: bool = False) -> _Part | None:
    """A record, or (`optional`) a union: an object with one of the members."""
    leading = [(f"m{number}", part) for number, part in enumerate(parts.values()) if part]
    if not leading:
        return None
    types = [part.type if part else Raw for part in parts.values()]
    fields = [
        (f"m{number}", one | UnsetType, UNSET) if optional else (f"m{number}", one)
        for number, one in enumerate(types)
    ]
    # A member that the schema does not know would be lost, so it is refused.
    made = msgspec.defstruct(
        "Part",
        fields,
        rename={f"m{number}": name for number, name in enumerate(parts)},
        forbid_unknown_fields=True,
    )

    def find(_holder: Any, _key: Any, value: Any, values: list[Value]) -> None:
        if value is None:
            return
        for attribute, part in leading:
            inside = getattr(value, attribute)
            if inside is not UNSET:
                part.find(value, attribute, inside, values)

    return _Part(made, find)
