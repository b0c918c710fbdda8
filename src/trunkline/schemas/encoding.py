"""The Avro JSON encoding, made from a schema as Polars expressions.

`encoded(node, source)` follows a schema node and a source of the same shape and gives an expression whose value, written
as JSON, is the Avro JSON encoding of that node (Avro 1.12 specification, "JSON Encoding"): a value of a union
with null is `null` or an object of one member, the name of its branch: `{"string": "Ada"}`.

A source is, by kind of node:
- record: a mapping of its field names to sources; a field without a source is null (only a nullable one may lack it);
- array: an expression of a list whose items are encoded already, or a list of sources, one for each item;
- anything else: an expression of its value. `Filled` marks one that is known to have no nulls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

Node = str | dict[str, Any] | list[Any]
_PRIMITIVE = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}


@dataclass(frozen=True)
class Filled:
    """An expression whose values are never null: its union is written without a test, which is faster."""

    expression: pl.Expr


Source = pl.Expr | Filled | Mapping[str, Any] | Sequence[Any]


def encoded(node: Node, source: Source, namespace: str = "") -> pl.Expr:
    """The encoding of `source` under `node`. Raises `ValueError` where the two do not fit."""
    if isinstance(node, list):
        return _union(node, source, namespace)
    if isinstance(node, dict) and node["type"] == "record":
        return _record(node, source, namespace)
    if isinstance(node, dict) and node["type"] == "array" and isinstance(source, Sequence):
        return pl.concat_list([encoded(node["items"], item, namespace) for item in source])
    if isinstance(source, Filled):
        return source.expression
    if isinstance(source, pl.Expr):
        return source
    raise ValueError(f"{node}: the source of a record or an array was given for something else")


def members(record: dict[str, Any], source: Mapping[str, Any], namespace: str = "") -> list[pl.Expr]:
    """The encoded fields of a record in the order of its schema, each under its name."""
    namespace = record.get("namespace", namespace)
    unknown = source.keys() - {field["name"] for field in record["fields"]}
    if unknown:
        raise ValueError(f"{record['name']}: no field {sorted(unknown)[0]}")
    return [
        encoded(field["type"], source[field["name"]], namespace).alias(field["name"])
        if field["name"] in source
        else _absent(record, field)
        for field in record["fields"]
    ]


def _record(node: dict[str, Any], source: Source, namespace: str) -> pl.Expr:
    if not isinstance(source, Mapping):
        raise ValueError(f"{node['name']}: the sources of its fields are needed")
    return pl.struct(members(node, source, namespace))


def _absent(record: dict[str, Any], field: dict[str, Any]) -> pl.Expr:
    if not (isinstance(field["type"], list) and "null" in field["type"]):
        raise ValueError(f"{record['name']}.{field['name']}: may not be null and has no source")
    return pl.lit(None).alias(field["name"])


def _union(node: list[Any], source: Source, namespace: str) -> pl.Expr:
    """Only `["null", branch]` (either order) can be made: which branch a value takes would be a rule of its own."""
    branches = [branch for branch in node if branch != "null"]
    if len(branches) != 1 or len(node) != 2:
        raise ValueError(f"{node}: only a union of null and one other type can be encoded")
    value = encoded(branches[0], source, namespace)
    wrapped = pl.struct(value.alias(_branch_name(branches[0], namespace)))
    if isinstance(source, pl.Expr):
        # Without the test a null would be written {"string": null}, which readers take for a value.
        return pl.when(source.is_not_null()).then(wrapped)
    return wrapped


def _branch_name(branch: Node, namespace: str) -> str:
    """Primitive types and arrays by their type, named types by their full name."""
    if isinstance(branch, str):
        return branch if branch in _PRIMITIVE or "." in branch else _full(branch, namespace)
    kind = branch["type"]  # type: ignore[call-overload]  # a list in a union is no Avro schema
    if kind in ("record", "enum", "fixed"):
        return _full(branch["name"], branch.get("namespace", namespace))  # type: ignore[call-overload, union-attr]
    return str(kind)


def _full(name: str, namespace: str) -> str:
    return f"{namespace}.{name}" if namespace and "." not in name else name
