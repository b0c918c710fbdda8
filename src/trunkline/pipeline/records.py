"""Sessions as the lines of data files: one record each, in the Avro JSON encoding of the account's schema version."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from trunkline import schemas
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.envelopes import ENVELOPES, Envelope
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.outcome import Outcome
from trunkline.schemas.encoding import Filled, Pieces, encoded, is_integer, listed, members, text
from trunkline.schemas.registry import Schema

NULL_END = frozenset({"1.0.0.4"})
"""Versions in which the end of a session is null when nobody knows it; later ones give its last event's time."""


@dataclass(frozen=True)
class Lines:
    """Consecutive records of one data file."""

    account_id: str
    hour: int
    schema_version: str
    text: list[bytes]
    """In blocks that may end anywhere."""
    records: int


def lines(outcome: Outcome, kind: Kind, rules: Mapping[str, SessionRules]) -> Iterator[Lines]:
    """The outcome's sessions in the order of the files: account, hour, actor, start, id."""
    table, rows = outcome.sessions.with_columns(_versions(outcome.sessions, rules)), outcome.rows
    for (version,), sessions in table.group_by("version", maintain_order=True):
        its = (
            rows
            if sessions.height == table.height
            else rows.join(sessions, on="session", how="semi", maintain_order="left")
        )
        yield from _of_version(sessions, its, kind, str(version))


def _versions(sessions: pl.DataFrame, rules: Mapping[str, SessionRules]) -> pl.Expr:
    accounts = sessions["accountId"].unique().to_list()
    versions = [rules[account].schema_version for account in accounts]
    return pl.col("accountId").replace_strict(accounts, versions, return_dtype=pl.String).alias("version")


def _of_version(sessions: pl.DataFrame, rows: pl.DataFrame, kind: Kind, version: str) -> Iterator[Lines]:
    sessions = sessions.with_columns(
        rows["session"].rle().struct.field("len").alias("rows"),
        last=rows["timestamp"].filter(_changes(rows["session"], -1)),
    )
    if version not in NULL_END:
        sessions = sessions.with_columns(end=pl.coalesce("end", "last"))
    ordered = sessions.with_row_index("line").sort("accountId", "hour", kind.actor, "start", "id")
    texts = _texts(sessions, rows, kind, version)
    place = ordered["line"].arg_sort().gather(rows["session"].rle_id())
    texts = texts.with_columns(place=place).sort("place", maintain_order=True).select("text")
    first = 0
    files = ordered.group_by("accountId", "hour", maintain_order=True).agg(pl.len(), pl.col("rows").sum())
    for account, hour, records, count in files.iter_rows():
        yield Lines(account, hour, version, _blocks(texts.slice(first, count)), records)
        first += count


def _texts(sessions: pl.DataFrame, rows: pl.DataFrame, kind: Kind, version: str) -> pl.DataFrame:
    """The text of each row: with what stands before the rows in the first of a session, and what follows in the last."""
    envelope, schema = ENVELOPES[kind.name], schemas.spelled_out(kind.name, version)
    place = pl.col("rows")
    record = encoded(schema, _source(sessions, envelope, version, place))
    at = next(number for number, piece in enumerate(record) if piece is place)
    around = sessions.select(before=text(record[:at]), after=text([*record[at + 1 :], "\n"]))
    number = rows["session"].rle_id()
    begins, ends = _changes(rows["session"], 1), _changes(rows["session"], -1)
    before = pl.when(begins).then(around["before"].gather(number)).otherwise(pl.lit(","))
    after = pl.when(ends).then(around["after"].gather(number)).otherwise(pl.lit(""))
    node = _row_node(schema, envelope)
    values = rows.select(**{field["name"]: kind.rows[field["name"]] for field in node["fields"]})
    return values.select(text=text([before, "{", *_row(node, values), "}", after]))


def _changes(numbers: pl.Series, step: int) -> pl.Series:
    """Whether the one before (step 1) or after (-1) is another one, or there is none."""
    return (numbers != numbers.shift(step)).fill_null(True)


def _row(node: dict[str, Any], values: pl.DataFrame) -> Pieces:
    several: list[Pieces] = []
    for numbers, fields in groupby(node["fields"], lambda field: is_integer(field["type"])):
        part = node | {"fields": list(fields)}
        several.append(_members(part, values) if numbers else [_once_for_equals(part, values)])
    return listed(several)


def _members(record: dict[str, Any], values: pl.DataFrame) -> Pieces:
    names = [field["name"] for field in record["fields"]]
    full = {name for name in names if not values[name].null_count()}
    return members(record, {name: Filled(pl.col(name)) if name in full else pl.col(name) for name in names})


def _once_for_equals(record: dict[str, Any], values: pl.DataFrame) -> pl.Expr:
    """Its members as text, made once for neighbours that are equal: an agent is called the same in a whole session."""
    some = values.select(field["name"] for field in record["fields"])
    run = some.select(pl.struct(pl.all()).rle_id()).to_series()
    different = some.filter(_changes(run, 1))
    return pl.lit(different.select(text(_members(record, different))).to_series().gather(run))


def _blocks(texts: pl.DataFrame) -> list[bytes]:
    """All of the text, as it stands: JSON needs no quoting."""
    written = _Blocks()
    texts.write_csv(written, include_header=False, quote_style="never", line_terminator="")
    return written.blocks


class _Blocks(io.BytesIO):
    """Keeps what is written in the blocks in which it comes (few and large): 100 MB are not copied once more."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[bytes] = []

    def write(self, block: Any) -> int:
        self.blocks.append(block)
        return len(block)


def _source(table: pl.DataFrame, envelope: Envelope, version: str, rows: pl.Expr) -> dict[str, Any]:
    return {
        "dataType": Filled(pl.lit(envelope.symbol)),
        "metaData": {
            "accountId": Filled(pl.col("accountId")),
            "schemaVersion": pl.lit(version),
            "startTime": Filled(pl.col("start")),
            "endTime": pl.col("end") if table["end"].null_count() else Filled(pl.col("end")),
        },
        "recordCollection": [{"body": envelope.body(rows)}],
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
