"""The types of a table's columns, from the Avro schema that the server publishes.

Needed where the data does not say: a column that is null throughout one file must not get another type than in the next.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl
from polars.datatypes import DataType

Named = dict[str, dict[str, Any]]

_PRIMITIVE: dict[str, DataType] = {
    "boolean": pl.Boolean(),
    "int": pl.Int64(),
    "long": pl.Int64(),
    "float": pl.Float64(),
    "double": pl.Float64(),
    "string": pl.String(),
    "bytes": pl.String(),
}


def column_types(schema: Any, kind: str) -> dict[str, DataType]:
    """Column → type of the rows of a body `kind`, such as `AgentActivityData`.

    `schema` is a schema, or several in any nesting; what it does not say, or says in a way unknown here, is left out.
    """
    named = {_short(found["name"]): found for found in _definitions(schema)}
    types: dict[str, DataType] = {}
    for field in _fields(named.get(kind)):
        one = _resolved(field["type"], named)
        if isinstance(one, dict) and one.get("type") == "array":
            one = _resolved(one["items"], named)
        for member in _fields(one) or [field]:
            types |= _columns_of(member, named)
    return types


def _columns_of(member: dict[str, Any], named: Named) -> dict[str, DataType]:
    """A column, or one for each of the records that a member may hold, named like them."""
    choices = (
        [branch for branch in member["type"] if branch != "null"] if isinstance(member["type"], list) else []
    )
    records = [one for branch in choices if _fields(one := _resolved(branch, named))]
    columns = (
        {record["name"]: record for record in records}
        if len(records) > 1
        else {member["name"]: member["type"]}
    )
    return {_short(name): found for name, node in columns.items() if (found := _type(node, named))}


def _definitions(schema: Any) -> Iterator[dict[str, Any]]:
    """Every record and enum that is defined somewhere in `schema`."""
    if isinstance(schema, list):
        for part in schema:
            yield from _definitions(part)
    elif isinstance(schema, dict):
        if schema.get("type") in ("record", "enum") and isinstance(schema.get("name"), str):
            yield schema
        for part in schema.values():
            yield from _definitions(part)


def _fields(schema: Any) -> list[dict[str, Any]]:
    fields = schema.get("fields") if isinstance(schema, dict) else None
    return [field for field in fields or [] if isinstance(field, dict) and {"name", "type"} <= field.keys()]


def _resolved(schema: Any, named: Named) -> Any:
    """The one type that is not null, looked up by its name where it is defined elsewhere; None if there is a choice."""
    if isinstance(schema, list):
        others = [branch for branch in schema if branch != "null"]
        return _resolved(others[0], named) if len(others) == 1 else None
    if isinstance(schema, str) and schema not in _PRIMITIVE:
        return named.get(_short(schema))
    return schema


def _type(schema: Any, named: Named, depth: int = 0) -> DataType | None:
    one = _resolved(schema, named)
    if depth > 8:  # a record that holds itself
        return None
    if isinstance(one, str):
        return _PRIMITIVE.get(one)
    if not isinstance(one, dict):
        return None
    if one["type"] == "enum":
        return pl.String()
    if one["type"] == "array":
        inner = _type(one.get("items"), named, depth + 1)
        return pl.List(inner) if inner else None
    if one["type"] == "record":
        found = {field["name"]: _type(field["type"], named, depth + 1) for field in _fields(one)}
        return pl.Struct({name: kind for name, kind in found.items() if kind})
    return _PRIMITIVE.get(str(one["type"]))


def _short(name: str) -> str:
    return name.rpartition(".")[2]
