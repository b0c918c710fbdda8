"""The Avro JSON encoding, made from a schema as text in Polars expressions.

`encoded(node, source)` follows a schema node and a source of the same shape and gives the pieces of the Avro JSON
encoding of that node (Avro 1.12 specification, "JSON Encoding"): a value of a union with null is `null` or an object of
one member, the name of its branch: `{"string": "Ada"}`. `text` joins pieces. To put text together like this is more
than twice as fast as to wrap every value in structs and have these written as JSON.

A source is, by kind of node:
- record: a mapping of its field names to sources; a field without a source is null (only a nullable one may lack it);
- array: a list of sources, one for each item, or `Items`; of numbers and texts also an expression of lists;
- anything else: an expression of its value. `Filled` marks one that is known to have no nulls.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

Node = str | dict[str, Any] | list[Any]
Pieces = list[str | pl.Expr]
"""Consecutive pieces of text: the same in all rows, or an expression of it that is never null."""
_INTEGERS = ("int", "long")
_PRIMITIVE = ("null", "boolean", *_INTEGERS, "float", "double", "bytes", "string")


@dataclass(frozen=True)
class Filled:
    """An expression whose values are never null: its union is written without a test, which is faster."""

    expression: pl.Expr


@dataclass(frozen=True)
class Items:
    """The items of an array as text, encoded already, with commas between them; never null."""

    expression: pl.Expr


@dataclass(frozen=True)
class Branch:
    """The branch of a union that a value takes, by name."""

    name: str
    source: Any


Source = pl.Expr | Filled | Items | Branch | Mapping[str, Any] | Sequence[Any]


def text(pieces: Pieces) -> pl.Expr:
    """All pieces as one text."""
    return pl.concat_str(
        part
        for fixed, some in groupby(pieces, lambda piece: isinstance(piece, str))
        for part in ([pl.lit("".join(map(str, some)))] if fixed else some)
    )


def encoded(node: Node, source: Source, namespace: str = "") -> Pieces:
    """The encoding of `source` under `node`. Raises `ValueError` where the two do not fit."""
    if isinstance(node, list):
        return _union(node, source, namespace)
    if isinstance(node, dict) and node["type"] == "record":
        return _record(node, source, namespace)
    if isinstance(source, Items):
        return ["[", source.expression, "]"]
    if (
        isinstance(node, dict)
        and node["type"] == "array"
        and isinstance(node["items"], dict)
        and node["items"]["type"] == "record"
        and isinstance(source, pl.Expr)
    ):
        inner = text(encoded(node["items"], pl.element(), namespace))
        return ["[", source.list.eval(inner).list.join(","), "]"]
    if isinstance(node, dict) and node["type"] == "array" and isinstance(source, Sequence):
        return ["[", *listed(encoded(node["items"], item, namespace) for item in source), "]"]
    if isinstance(source, Filled):
        return [_value(node, source.expression)]
    if isinstance(source, pl.Expr):
        return [_value(node, source).fill_null("null")]
    raise ValueError(f"{node}: the source of a record or an array was given for something else")


def members(record: dict[str, Any], source: Mapping[str, Any], namespace: str = "") -> Pieces:
    """The encoded fields of a record in the order of its schema, as they stand between its braces."""
    namespace = record.get("namespace", namespace)
    unknown = source.keys() - {field["name"] for field in record["fields"]}
    if unknown:
        raise ValueError(f"{record['name']}: no field {sorted(unknown)[0]}")
    return listed(
        [
            f"{json.dumps(field['name'])}:",
            *(
                encoded(field["type"], source[field["name"]], namespace)
                if field["name"] in source
                else _absent(record, field)
            ),
        ]
        for field in record["fields"]
    )


def is_integer(node: Node) -> bool:
    """Whether it holds whole numbers, or these and null."""
    branches = node if isinstance(node, list) else [node]
    return all(branch in ("null", *_INTEGERS) for branch in branches)


def listed(several: Iterable[Pieces]) -> Pieces:
    """All of them, with commas between."""
    return [piece for pieces in several for piece in (",", *pieces)][1:]


def _record(node: dict[str, Any], source: Source, namespace: str) -> Pieces:
    if isinstance(source, pl.Expr):
        source = {f["name"]: source.struct.field(f["name"]) for f in node["fields"]}
    if not isinstance(source, Mapping):
        raise ValueError(f"{node['name']}: the sources of its fields are needed")
    return ["{", *members(node, source, namespace), "}"]


def _absent(record: dict[str, Any], field: dict[str, Any]) -> Pieces:
    if not (isinstance(field["type"], list) and "null" in field["type"]):
        raise ValueError(f"{record['name']}.{field['name']}: may not be null and has no source")
    return ["null"]


def _union(node: list[Any], source: Source, namespace: str) -> Pieces:
    """Only `["null", branch]` (either order) can be made: which branch a value takes would be a rule of its own."""
    branches = [branch for branch in node if branch != "null"]
    if isinstance(source, Branch):
        (branch,) = [b for b in branches if b["name"] == source.name]
        return _union(["null", branch], source.source, namespace)
    if len(branches) != 1 or len(node) != 2:
        raise ValueError(f"{node}: only a union of null and one other type can be encoded")
    value = encoded(branches[0], source, namespace)
    wrapped: Pieces = ["{" + json.dumps(_branch_name(branches[0], namespace)) + ":", *value, "}"]
    if isinstance(source, pl.Expr):
        # Without the test a null would be written {"string": null}, which readers take for a value.
        return [pl.when(source.is_not_null()).then(text(wrapped)).otherwise(pl.lit("null"))]
    return wrapped


def _value(node: Node, value: pl.Expr) -> pl.Expr:
    """The JSON text of each value."""
    if node in _INTEGERS:
        return value.cast(pl.String)
    alone = pl.struct(value.alias("v")).struct.json_encode()
    return alone.str.strip_prefix('{"v":').str.strip_suffix("}")


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
