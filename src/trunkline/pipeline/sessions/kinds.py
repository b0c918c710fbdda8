"""What the session rules need to know of a kind: the events that are grouped together, and what is made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec.inspect
import polars as pl

from trunkline.schemas.registry import Schema

ENVELOPE: dict[str, pl.DataType] = {
    "timestamp": pl.Int64(),
    "eventId": pl.String(),
    "type": pl.String(),
    "receivedAt": pl.Int64(),
    "sessionId": pl.String(),
}
"""Columns that events of every kind have, beside the account and the actor."""

NULL_END = frozenset({"1.0.0.4", "1.0.0.22"})
"""Versions of records in which the end of a session is null when nobody knows it; later ones give its last event's time."""

Collection = Callable[[pl.DataFrame, pl.DataFrame, Schema], pl.DataFrame]
"""Sessions, their rows, the schema → `session` (each of the sessions that has a record) and `collection`, the text of the
items of its `recordCollection`; for a data type whose records hold conversations also `ids`, their ids."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """A data type that is made of a kind's sessions."""

    data_type: str
    symbol: str
    """The data type in the record: a symbol of `DataTypeEnum`."""
    file_prefix: str
    """First word of file names."""
    types: frozenset[str]
    """The event types that stand in its records. A session without any of them has no record."""
    collection: Collection
    has_ids: bool = False
    """Its records hold conversations, whose ids stand in a manifest beside the file."""

    @property
    def emits(self) -> str:
        """Column of an outcome's sessions: whether the session is to be published in this data type."""
        return f"emits {self.data_type}"

    @property
    def supersedes(self) -> str:
        """Column of an outcome's sessions: start of the hour whose file holds the emission before; null: none."""
        return f"supersedes {self.data_type}"

    @property
    def hour(self) -> str:
        """Column of the index: start of the hour whose file holds the last emission; null: none."""
        return f"hour {self.data_type}"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Who acts, what opens and closes a session, and which data types are made of it."""

    name: str
    actor: str
    """The column that tells one actor of an account from another."""
    columns: Mapping[str, pl.DataType]
    """Name and type of every column of an event, in the order in which frames have them."""
    prefixes: tuple[str, ...]
    """First words of its event types, with the dot."""
    decoded: Callable[[pl.LazyFrame], pl.LazyFrame]
    """Lines of segments (column `line`) of these types → `columns`."""
    opens: pl.Expr
    """Whether an event opens a session, whatever was open before."""
    ends: pl.Expr
    """Whether it closes a session."""
    beats: pl.Expr
    """Whether it only keeps a session open: it opens none and leaves no row."""
    lasting: pl.Expr
    """Whether its session closes by the rules of messaging, not by the others."""
    sent: pl.Expr
    """What the producer sent, as one text: two deliveries of an event differ in the time of receipt only."""
    outputs: Sequence[Output]
    weight: int
    """How many times the memory of an agent's event one of these takes, records included: divides the limits of a run."""
    held: Mapping[str, str]
    """New column ← event column: its last value known in the session, at or before the event."""
    before: Mapping[str, str]
    """New column ← held column: as it stood at the event before in the session; null at the first."""

    @property
    def key(self) -> list[str]:
        return ["accountId", self.actor]

    @property
    def data_types(self) -> list[str]:
        return [output.data_type for output in self.outputs]


def column_type(described: msgspec.inspect.Type) -> pl.DataType:
    """The type of the column that holds what a member of the vocabulary holds. Raises `TypeError` for one that has none."""
    match described:
        case msgspec.inspect.Metadata(type=inner):
            return column_type(inner)
        case msgspec.inspect.UnionType(types=choices):
            (inner,) = [choice for choice in choices if not isinstance(choice, msgspec.inspect.NoneType)]
            return column_type(inner)
        case msgspec.inspect.EnumType(cls=cls):
            return pl.String() if issubclass(cls, str) else pl.Int64()
        case msgspec.inspect.IntType():
            return pl.Int64()
        case msgspec.inspect.FloatType():
            return pl.Float64()
        case msgspec.inspect.BoolType():
            return pl.Boolean()
        case msgspec.inspect.StrType():
            return pl.String()
        case msgspec.inspect.ListType(item_type=item):
            return pl.List(column_type(item))
        case msgspec.inspect.StructType(fields=fields):
            return pl.Struct({field.encode_name: column_type(field.type) for field in fields})
    raise TypeError(f"no column type for {described}")


def members_of(event_type: type) -> dict[str, pl.DataType]:
    """The members of an event type, by their names on the wire. That one was replayed changes nothing: not among them."""
    described = msgspec.inspect.type_info(event_type)
    assert isinstance(described, msgspec.inspect.StructType)
    return {
        field.encode_name: column_type(field.type)
        for field in described.fields
        if field.encode_name != "firstReceivedAt"
    }
