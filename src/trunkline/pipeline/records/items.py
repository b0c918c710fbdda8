"""What the records of all data types are put together from."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from trunkline.events.envelope import Event
from trunkline.pipeline.sessions.kinds import members_of
from trunkline.schemas.names import branch_name
from trunkline.schemas.registry import Schema


def joined(items: pl.DataFrame, by: Sequence[str], name: str) -> pl.DataFrame:
    """The texts of items (`text`, in order) with commas between, for each of the groups `by`, in a column `name`."""
    grouped = items.group_by(by, maintain_order=True).agg(pl.col("text"))
    return grouped.select(*by, pl.col("text").list.join(",").alias(name))


def read(rows: pl.DataFrame, event_type: type[Event]) -> pl.DataFrame:
    """The rows of this type with a column for each member of their own: `body` is not looked at before."""
    tag = str(event_type.__struct_config__.tag)
    known = rows.drop("body")
    own = {name: dtype for name, dtype in members_of(event_type).items() if name not in known.columns}
    some = rows.filter(pl.col("type") == tag)
    if not own:
        return some.drop("body")
    return some.with_columns(pl.col("body").str.json_decode(pl.Struct(own))).unnest("body")


def node_of(schema: Schema, *names: str) -> dict[str, Any]:
    """The record below `schema` that one comes to by the names of fields, and of branches where a union has several."""
    node: Any = schema
    for name in names:
        node = _below(_peeled(node), name)
    return dict(_peeled(node))


def _below(node: Any, name: str) -> Any:
    if isinstance(node, list):
        return next(
            branch for branch in node if branch != "null" and branch_name(branch).rpartition(".")[2] == name
        )
    return next(field["type"] for field in node["fields"] if field["name"] == name)


def _peeled(node: Any) -> Any:
    """Through unions with null alone, and arrays, to what they hold."""
    if isinstance(node, list):
        branches = [branch for branch in node if branch != "null"]
        return _peeled(branches[0]) if len(branches) == 1 else branches
    return _peeled(node["items"]) if node["type"] == "array" else node
