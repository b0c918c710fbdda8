"""What the session rules need to know of a data type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec.inspect
import polars as pl

from trunkline.events import EVENT_TYPES, types_of

_FIRST = ["timestamp", "eventId", "type", "receivedAt", "sessionId"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A data type as the rules see it: who acts, what opens and closes a session, what a row is made of."""

    name: str
    actor: str
    """The column that tells one actor of an account from another."""
    starts: frozenset[str]
    """Event types that open a session, whatever was open before."""
    ends: frozenset[str]
    """Event types that close a session."""
    heartbeats: frozenset[str]
    """Event types that keep a session open, open none and leave no row."""
    held: Mapping[str, str]
    """New column ← event column: its last value known in the session, at or before the event."""
    before: Mapping[str, str]
    """New column ← held column: as it stood at the event before in the session; null at the first."""
    rows: Mapping[str, pl.Expr]
    """Published row: member ← expression over the event's columns and the two kinds above."""
    columns: Mapping[str, pl.DataType] = field(init=False)
    """Name and type of every event column, in the order in which frames have them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _columns(self.name, self.actor))

    @property
    def key(self) -> list[str]:
        return ["accountId", self.actor]


def _columns(kind: str, actor: str) -> dict[str, pl.DataType]:
    members = {
        member.encode_name: _dtype(member.type)
        for event_type in types_of(kind)
        for member in _members(EVENT_TYPES[event_type])
    }
    first = ["accountId", actor, *_FIRST]
    # `type` is the tag of the structs, not one of their members.
    return {name: members.get(name, pl.String()) for name in first} | members


def _members(event: type[Any]) -> tuple[msgspec.inspect.Field, ...]:
    described = msgspec.inspect.type_info(event)
    assert isinstance(described, msgspec.inspect.StructType)
    return described.fields


def _dtype(described: msgspec.inspect.Type) -> pl.DataType:
    match described:
        case msgspec.inspect.Metadata(type=inner):
            return _dtype(inner)
        case msgspec.inspect.UnionType(types=choices):
            (inner,) = [choice for choice in choices if not isinstance(choice, msgspec.inspect.NoneType)]
            return _dtype(inner)
        case msgspec.inspect.IntType() | msgspec.inspect.EnumType():
            return pl.Int64()
        case msgspec.inspect.StrType():
            return pl.String()
        case msgspec.inspect.ListType(item_type=item):
            return pl.List(_dtype(item))
    raise TypeError(f"no column type for {described}")
