"""The Avro JSON encoding, made from a schema as text in Polars expressions.

`encoded(node, source)` follows a schema node and a source of the same shape and gives the pieces of the Avro JSON
encoding of that node (Avro 1.12 specification, "JSON Encoding"): a value of a union with null is `null` or an object of
one member, the name of its branch: `{"string": "Ada"}`. `text` joins pieces. Schemas are spelled out (see `names`);
sources are described in `sources`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import polars as pl

from trunkline.schemas import nesting
from trunkline.schemas.names import INTEGERS, Node, branch_name, branches, kind_of
from trunkline.schemas.sources import Branch, Filled, Items, Source

__all__ = [
    "Branch",
    "Filled",
    "Items",
    "Node",
    "Pieces",
    "Source",
    "encoded",
    "is_integer",
    "listed",
    "members",
    "text",
]

Pieces = list[str | pl.Expr]
"""Consecutive pieces of text: the same in all rows, or an expression of it that is never null."""
_NULL = pl.lit("null")


def text(pieces: Pieces) -> pl.Expr:
    """All pieces as one text."""
    parts: list[Any] = [
        part
        for fixed, some in groupby(pieces, lambda piece: isinstance(piece, str))
        for part in ([pl.lit("".join(map(str, some)))] if fixed else some)
    ]
    return parts[0] if len(parts) == 1 else pl.concat_str(parts)


def encoded(node: Node, source: Source) -> Pieces:
    """The encoding of `source` under `node`. Raises `ValueError` where the two do not fit."""
    if isinstance(node, list):
        return _union(node, source)
    if isinstance(source, Filled):
        return [_values(node, source.expression)]
    if isinstance(source, pl.Expr):
        return [_values(node, source).fill_null(_NULL)]
    if isinstance(node, dict) and node["type"] == "record" and isinstance(source, Mapping):
        return ["{", *members(node, source), "}"]
    if kind_of(node) == "array" and isinstance(source, Items):
        return ["[", source.expression, "]"]
    if isinstance(node, dict) and node["type"] == "array" and isinstance(source, Sequence):
        return ["[", *listed(encoded(node["items"], item) for item in source), "]"]
    raise ValueError(f"{branch_name(node)}: not made of {type(source).__name__}")


def members(record: dict[str, Any], source: Mapping[str, Any]) -> Pieces:
    """The encoded fields of a record in the order of its schema, as they stand between its braces."""
    unknown = source.keys() - {field["name"] for field in record["fields"]}
    if unknown:
        raise ValueError(f"{record['name']}: no field {sorted(unknown)[0]}")
    return listed(
        [
            f"{json.dumps(field['name'])}:",
            *(
                encoded(field["type"], source[field["name"]])
                if field["name"] in source
                else _absent(record, field)
            ),
        ]
        for field in record["fields"]
    )


def is_integer(node: Node) -> bool:
    """Whether it holds whole numbers, or these and null."""
    return all(branch in ("null", *INTEGERS) for branch in (node if isinstance(node, list) else [node]))


def listed(several: Iterable[Pieces]) -> Pieces:
    """All of them, with commas between."""
    return [piece for pieces in several for piece in (",", *pieces)][1:]


def _absent(record: dict[str, Any], field: dict[str, Any]) -> Pieces:
    if not (isinstance(field["type"], list) and "null" in field["type"]):
        raise ValueError(f"{record['name']}.{field['name']}: may not be null and has no source")
    return ["null"]


def _union(node: list[Any], source: Source) -> Pieces:
    branch, source = _branch(node, source)
    if isinstance(source, Filled):
        return [_wrapped(branch, source.expression)]
    if isinstance(source, pl.Expr):
        # Without the test a null would be written {"string": null}, which readers take for a value.
        return [pl.when(source.is_not_null()).then(_wrapped(branch, source)).otherwise(_NULL)]
    return ["{" + json.dumps(branch_name(branch)) + ":", *encoded(branch, source), "}"]


def _branch(node: list[Any], source: Source) -> tuple[Node, Source]:
    """Which branch of the union it takes, and the source for that."""
    there = {branch_name(branch): branch for branch in branches(node)}
    if not isinstance(source, Branch):
        if len(there) != 1:
            raise ValueError(f"which of {', '.join(there)} is not told: give a Branch")
        return next(iter(there.values())), source
    for name, branch in there.items():
        if source.name in (name, name.rpartition(".")[2]):
            return branch, source.source
    raise ValueError(f"no branch {source.name}; there are {', '.join(there)}")


def _wrapped(branch: Node, value: pl.Expr) -> pl.Expr:
    """Values that are not null, as a union has them: objects of one member."""
    if nesting.is_nested(branch):
        return _nested(["null", branch], value)
    return pl.struct(value.alias(branch_name(branch))).struct.json_encode()


def _values(node: Node, value: pl.Expr) -> pl.Expr:
    """The JSON text of each value."""
    if nesting.is_nested(node):
        return _nested(node, value)
    if node in INTEGERS:
        return value.cast(pl.String)
    alone = pl.struct(value.alias("v")).struct.json_encode()
    return alone.str.strip_prefix('{"v":').str.strip_suffix("}")


def _nested(node: Node, value: pl.Expr) -> pl.Expr:
    """How structs are encoded depends on which fields and nulls they have: it is seen when they are there."""
    return value.map_batches(partial(nesting.texts, node=node), pl.String, is_elementwise=True)
