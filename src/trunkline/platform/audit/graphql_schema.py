"""What can be asked of `auditData`, and how it is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
)
from graphql.language import EnumValueNode, IntValueNode, StringValueNode, ValueNode

from trunkline.platform.actors import Actor
from trunkline.platform.audit.asked import DESCRIPTIONS, Asked
from trunkline.platform.audit.published import FIELDS, change_date
from trunkline.platform.audit.query import count_changes, find_changes
from trunkline.platform.audit.rows import Row

_NAMES = {
    "fromDate": "from_date",
    "toDate": "to_date",
    "orderBy": "order_by",
    "orderDirection": "order_direction",
    "componentTypes": "component_types",
    "automaticUpdates": "automatic_updates",
}

Info = GraphQLResolveInfo[Any]


@dataclass
class Asking:
    """What the resolver needs of its request, and what it leaves for the answer."""

    actor: Actor
    account_id: str
    total: int | None = None


@dataclass(frozen=True)
class _Item:
    """A row as this query shows it."""

    row: Row
    asked: Asked


def _read_word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise GraphQLError("A word, in quotes or not, or a number is expected.")
    return str(value)


def _read_literal(node: ValueNode, _variables: Any = None) -> str:
    if not isinstance(node, StringValueNode | EnumValueNode | IntValueNode):
        raise GraphQLError("A word, in quotes or not, or a number is expected.", node)
    return node.value


WORD = GraphQLScalarType(
    "Word",
    description='A word with or without quotes, or a number: "ASC", ASC and 42 are words.',
    serialize=str,
    parse_value=_read_word,
    parse_literal=_read_literal,
)
TIMESTAMP = GraphQLScalarType("Timestamp", description="Epoch milliseconds.")


def _ask(_root: Any, info: Info, **given: Any) -> list[_Item]:
    asking: Asking = info.context
    named = {_NAMES.get(name, name): value for name, value in given.items() if value is not None}
    listed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in named.items()
    }
    asked = Asked(**listed)
    rows = find_changes(asking.actor, asking.account_id, asked.filter, asked.page)
    asking.total = count_changes(asking.actor, asking.account_id, asked.filter)
    return [_Item(row, asked) for row in rows]


def _shown(name: str) -> Callable[[_Item, Info], Any]:
    show = FIELDS[name]
    return lambda item, _info: show(item.row, item.asked.words)


_RECORD = GraphQLObjectType(
    "AuditRecord",
    {
        name: GraphQLField(
            GraphQLBoolean if name == "originatorIsLpa" else GraphQLString, resolve=_shown(name)
        )
        for name in FIELDS
    }
    | {
        "changeDate": GraphQLField(
            GraphQLString,
            description="yyyy-MM-dd HH:mm:ss.S in the time zone asked for.",
            resolve=lambda item, _info: change_date(item.row.document.time, item.asked.zone),
        ),
        "changeTimestamp": GraphQLField(TIMESTAMP, resolve=lambda item, _info: item.row.document.time),
        "changeNumber": GraphQLField(
            TIMESTAMP,
            description="Contiguous in the account: the cursor of the export as JSON lines.",
            resolve=lambda item, _info: item.row.document.number,
        ),
    },
)
_LIST = GraphQLList(WORD)
_TYPES: dict[str, Any] = dict.fromkeys(DESCRIPTIONS, GraphQLString) | {
    "first": GraphQLInt,
    "offset": GraphQLInt,
    "orderBy": _LIST,
    "orderDirection": _LIST,
    "users": _LIST,
    "componentTypes": _LIST,
    "lpa": GraphQLBoolean,
    "automaticUpdates": GraphQLBoolean,
}
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "auditData": GraphQLField(
                GraphQLList(_RECORD),
                args={
                    name: GraphQLArgument(_TYPES[name], description=text)
                    for name, text in DESCRIPTIONS.items()
                },
                resolve=_ask,
                description="The records that fit, newest first unless asked otherwise.",
            )
        },
    )
)
