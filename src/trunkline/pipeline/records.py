"""Sessions as the lines of data files: one record each, in the Avro JSON encoding of the account's schema version."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from trunkline import schemas
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.envelopes import ENVELOPES, Envelope
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.outcome import Outcome
from trunkline.schemas.encoding import Filled, encoded, members
from trunkline.schemas.registry import Schema

NULL_END = frozenset({"1.0.0.4"})
"""Versions in which the end of a session is null when nobody knows it; later ones give its last event's time."""


@dataclass(frozen=True)
class Lines:
    """Consecutive records of one data file."""

    account_id: str
    hour: int
    schema_version: str
    text: bytes
    records: int


def lines(outcome: Outcome, kind: Kind, rules: Mapping[str, SessionRules]) -> Iterator[Lines]:
    """The outcome's sessions in the order of the files: account, hour, actor, start, id."""
    table = outcome.sessions.with_columns(_versions(outcome.sessions, rules))
    for (version,), sessions in table.group_by("version", maintain_order=True):
        yield from _of_version(sessions, outcome.rows, kind, str(version))


def _versions(sessions: pl.DataFrame, rules: Mapping[str, SessionRules]) -> pl.Expr:
    accounts = sessions["accountId"].unique().to_list()
    versions = [rules[account].schema_version for account in accounts]
    return pl.col("accountId").replace_strict(accounts, versions, return_dtype=pl.String).alias("version")


def _of_version(sessions: pl.DataFrame, rows: pl.DataFrame, kind: Kind, version: str) -> Iterator[Lines]:
    envelope, schema = ENVELOPES[kind.data_type], schemas.load(kind.data_type, version)
    ordered = sessions.sort("accountId", "hour", kind.actor, "start", "id")
    table = ordered.join(
        _grouped(rows, kind, envelope, schema), on="session", how="left", maintain_order="left"
    )
    if version not in NULL_END:
        table = table.with_columns(end=pl.coalesce("end", "last"))
    records = table.select(members(schema, _source(table, envelope, version)))
    first = 0
    for account, hour, count in ordered.group_by("accountId", "hour", maintain_order=True).len().iter_rows():
        text = _Text()
        records.slice(first, count).write_ndjson(text)
        yield Lines(account, hour, version, b"".join(text.blocks), count)
        first += count


class _Text(io.BytesIO):
    """Keeps what is written in the blocks in which it comes (few and large): they are not copied into a buffer that grows."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[bytes] = []

    def write(self, block: Any) -> int:
        self.blocks.append(block)
        return len(block)


def _grouped(rows: pl.DataFrame, kind: Kind, envelope: Envelope, schema: Schema) -> pl.DataFrame:
    """A line for each session: its encoded rows, and the time of the last one."""
    node = _row_node(schema, envelope)
    fields = [field["name"] for field in node["fields"]]
    values = rows.select(**{name: kind.rows[name] for name in fields})
    full = {name for name, nulls in zip(fields, values.null_count().row(0), strict=True) if not nulls}
    source = {name: Filled(pl.col(name)) if name in full else pl.col(name) for name in fields}
    row = encoded(node, source, schema["namespace"])
    return (
        values.select(row.alias("rows"))
        .with_columns(rows["session"], last=rows["timestamp"])
        .group_by("session", maintain_order=True)
        .agg("rows", pl.col("last").last())
    )


def _source(table: pl.DataFrame, envelope: Envelope, version: str) -> dict[str, Any]:
    body = envelope.body(pl.col("rows"))
    return {
        "dataType": Filled(pl.lit(envelope.symbol)),
        "metaData": {
            "accountId": Filled(pl.col("accountId")),
            "schemaVersion": pl.lit(version),
            "startTime": Filled(pl.col("start")),
            "endTime": pl.col("end") if table["end"].null_count() else Filled(pl.col("end")),
        },
        "recordCollection": [{"body": body}],
    }


def _row_node(schema: Schema, envelope: Envelope) -> dict[str, Any]:
    """The schema of one row."""
    node: Any = schema
    for name in ("recordCollection", "body", *envelope.rows):
        node = _other_than_null(
            next(field["type"] for field in _record(node)["fields"] if field["name"] == name)
        )
    return _record(node)


def _record(node: Any) -> dict[str, Any]:
    """The record that a node is, or that its items are."""
    return _record(_other_than_null(node["items"])) if node["type"] == "array" else node


def _other_than_null(node: Any) -> Any:
    return next(branch for branch in node if branch != "null") if isinstance(node, list) else node
