"""The Avro JSON encoding as columns of Spark: values put where their unions want them, then written by `to_json`."""

import polars as pl
from pyspark.sql import Column, types
from pyspark.sql import functions as fn

from trunkline.pipeline.records.items import node_of as node_at
from trunkline.schemas.names import branch_name, branches, kind_of

__all__ = ["VERSION", "node_at", "one_of", "plain", "row", "spark_type", "spliced", "typed", "wrapped"]

VERSION = "1.0.0.35"
Source = tuple[Column, pl.DataType | None]
"""A value, and its type where it is nested."""


def spark_type(dtype: pl.DataType) -> types.DataType:
    match dtype:
        case pl.List():
            return types.ArrayType(spark_type(dtype.inner))
        case pl.Struct():
            return types.StructType([types.StructField(f.name, spark_type(f.dtype)) for f in dtype.fields])
    return {
        pl.String(): types.StringType(),
        pl.Int64(): types.LongType(),
        pl.Float64(): types.DoubleType(),
        pl.Boolean(): types.BooleanType(),
    }[dtype]


def wrapped(node, value: Column, dtype: pl.DataType | None) -> Column:
    """`value` as what its encoding is the JSON of."""
    if isinstance(node, list):
        (branch,) = branches(node)
        inner = fn.struct(wrapped(branch, value, dtype).alias(branch_name(branch)))
        return fn.when(value.isNotNull(), inner)
    kind = kind_of(node)
    if kind == "record":
        have = {f.name: f.dtype for f in dtype.fields}
        return fn.struct(
            *[
                (
                    wrapped(field["type"], value.getField(field["name"]), have[field["name"]])
                    if field["name"] in have
                    else _nothing()
                ).alias(field["name"])
                for field in node["fields"]
            ]
        )
    if kind == "array" and not isinstance(node["items"], str):
        return fn.transform(value, lambda item: wrapped(node["items"], item, dtype.inner))
    return value


def row(node, sources: dict[str, Source]) -> Column:
    """The JSON of a record, null where it has no source."""
    members = [
        (wrapped(field["type"], *sources[field["name"]]) if field["name"] in sources else _nothing()).alias(
            field["name"]
        )
        for field in node["fields"]
    ]
    return fn.to_json(fn.struct(*members))


def _nothing() -> Column:
    return fn.lit(None).cast("string")


def plain(*names: str, **renamed: str) -> dict[str, Source]:
    """Columns, and members ← columns of another name."""
    return {
        name: (fn.col(column), None)
        for name, column in (dict(zip(names, names, strict=True)) | renamed).items()
    }


def typed(wide: dict[str, pl.DataType], *names: str) -> dict[str, Source]:
    return {name: (fn.col(name), wide[name]) for name in names}


def one_of(node, field: str, members: dict[str, str], wide: dict[str, pl.DataType]) -> Column:
    """The text of the union whose branch is the member that is not null."""
    union = next(one["type"] for one in node["fields"] if one["name"] == field)
    by_name = {branch_name(branch).rpartition(".")[2]: branch for branch in branches(union)}
    found = fn.lit("null")
    for member, name in members.items():
        branch = by_name[name]
        text = fn.to_json(fn.struct(wrapped(branch, fn.col(member), wide[member]).alias(branch_name(branch))))
        found = fn.when(fn.col(member).isNotNull(), text).otherwise(found)
    return found


def spliced(text: Column, field: str, value: Column) -> Column:
    """A field that was written as null, with its text instead."""
    return fn.replace(text, fn.lit(f'"{field}":null'), fn.concat(fn.lit(f'"{field}":'), value))
