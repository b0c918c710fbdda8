"""Data files as tables with plain columns: Parquet, or one JSON object per line.

A body is `{"header": {…}, "<payload>": […]}`. Its list becomes rows: one row per item, made of

1. `accountId`, `sessionStart`, `sessionEnd` (epoch ms, as every time in these files) and `scopeStart` of the file;
2. the fields of the header, such as `agentSessionId`, and any other field beside the list;
3. the fields of the item. What is nested in an item stays a list or a struct. A field that holds one record or another
   (`data` of an engagement attribute, `goalMetaData`) becomes a column for each of them, named like the record
   (`CustomerInfo`), and `dataType` or `goalMetaDataType` tells which one it is.

A body without a list, or with more than one, is one row; where it holds one record only, that record's fields are the columns. A name that is taken already becomes `<payload>.<name>`.
Each kind of body is a table of its own: the kind named like the data type (`AgentActivityData`) in the folder itself,
others in a folder of theirs (`WebSessionNavigationData` of a web session in `Navigation/`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import polars as pl
from polars.datatypes import DataType, DataTypeClass

from trunkline.client.decryption import Decryptor
from trunkline.client.durable import publish
from trunkline.client.records import VARYING, Body, Record, read_records

Row = dict[str, Any]
ColumnTypes = Mapping[str, DataType]
Kind = DataType | DataTypeClass

# Rows held as Python objects before they go into compact columns.
BATCH_ROWS = 20_000

ENVELOPE: dict[str, DataType] = {
    "accountId": pl.String(),
    "sessionStart": pl.Int64(),
    "sessionEnd": pl.Int64(),
    "scopeStart": pl.Int64(),
}


def rows_of(record: Record, scope_start: int) -> Iterator[tuple[str, Row]]:
    """The rows of a session, each with the kind of body it comes from."""
    envelope = {
        "accountId": record.account,
        "sessionStart": record.start,
        "sessionEnd": record.end,
        "scopeStart": scope_start,
    }
    for body in record.bodies:
        for row in _explode(body, envelope):
            yield body.kind, row


def table_of(kind: str, data_type: str) -> str:
    """The folder of a kind: "" for `AgentActivityData` of AgentActivity, "Navigation" for `WebSessionNavigationData`."""
    return kind.removeprefix(data_type).removesuffix("Data")


def _nothing_known(_kind: str, _version: str) -> ColumnTypes:
    return {}


def write_tables(
    source: Path,
    folder: Path,
    form: Literal["parquet", "ndjson"],
    scope_start: int,
    types_of: Callable[[str, str], ColumnTypes] = _nothing_known,
    decryptor: Decryptor | None = None,
) -> tuple[list[Path], int, int]:
    """Convert a data file into one table per kind of body; returns their paths, the sessions and the rows.

    `types_of` tells the types of a kind's columns in a schema version; it is asked only about columns of which the file says
    nothing. A table without rows is not written. Writing again gives the same files. With a decryptor, encrypted values are
    in clear. Raises `CorruptFile`, `NotDecrypted`.
    """
    name = f"{source.name.removesuffix('.gz')}.{form}"
    writers: dict[str, _Parquet | _Lines] = {}
    sessions = rows = 0
    with ExitStack() as files:
        for record in read_records(source, decryptor):
            sessions += 1
            for kind, row in rows_of(record, scope_start):
                if kind not in writers:
                    path = folder / table_of(kind, record.data_type) / name
                    types = partial(types_of, kind, record.schema_version)
                    writers[kind] = _Parquet(path, types) if form == "parquet" else _Lines(path, files)
                writers[kind].add(row)
                rows += 1
        return [writer.finish() for writer in writers.values()], sessions, rows


class _Parquet:
    """Rows collected as columns, a batch at a time, then written as one file."""

    def __init__(self, path: Path, types: Callable[[], ColumnTypes]) -> None:
        self.path = path
        self._types = types
        self._rows: list[Row] = []
        self._frames: list[pl.DataFrame] = []

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= BATCH_ROWS:
            self._pack()

    def finish(self) -> Path:
        self._pack()
        # Batches may differ in what was null throughout; the relaxed union finds the common type.
        table = pl.concat(self._frames, how="diagonal_relaxed")
        varies = any(f"{field}Type" in table.columns for field in VARYING.values())
        if varies or any(_untyped(kind) for kind in table.dtypes):
            known = self._types()
            table = table.cast({name: _typed(kind, known.get(name)) for name, kind in table.schema.items()})
            if varies:
                # Which records occur differs from file to file; the columns do not.
                missing = {
                    name: pl.lit(None, kind) for name, kind in known.items() if name not in table.columns
                }
                table = table.with_columns(**missing)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        table.write_parquet(_part(self.path), compression="zstd")
        publish(_part(self.path), self.path)
        return self.path

    def _pack(self) -> None:
        if self._rows:
            self._frames.append(
                pl.from_dicts(self._rows, infer_schema_length=None, schema_overrides=ENVELOPE, strict=False)
            )
            self._rows = []


class _Lines:
    """Rows as JSON, one per line."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self.path = path
        self._encode = msgspec.json.Encoder().encode
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = files.enter_context(_part(path).open("wb", buffering=2**20))

    def add(self, row: Row) -> None:
        self._file.write(self._encode(row) + b"\n")

    def finish(self) -> Path:
        self._file.close()
        publish(_part(self.path), self.path)
        return self.path


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _untyped(kind: Kind) -> bool:
    """Whether nothing in a column, or nothing in a part of its values, said what it is."""
    if isinstance(kind, pl.List):
        return _untyped(kind.inner)
    if isinstance(kind, pl.Struct):
        return any(_untyped(field.dtype) for field in kind.fields)
    return kind == pl.Null


def _typed(kind: Kind, known: Kind | None) -> Kind:
    """`kind` with its unknown parts as in `known`, and as text where that says nothing either."""
    if kind == pl.Null:
        return known or pl.String()
    if isinstance(kind, pl.List):
        return pl.List(_typed(kind.inner, known.inner if isinstance(known, pl.List) else None))
    if isinstance(kind, pl.Struct):
        inside = {field.name: field.dtype for field in known.fields} if isinstance(known, pl.Struct) else {}
        return pl.Struct({field.name: _typed(field.dtype, inside.get(field.name)) for field in kind.fields})
    return kind


def _explode(body: Body, envelope: Row) -> Iterator[Row]:
    lists = [name for name, value in body.value.items() if isinstance(value, list)]
    payload = lists[0] if len(lists) == 1 else None
    shared = dict(envelope)
    for name, value in body.value.items():
        if (name == "header" and isinstance(value, dict)) or (payload is None and isinstance(value, dict)):
            _add(shared, value, name)
        elif name != payload:
            _add(shared, {name: value}, "body")
    if payload is None:
        yield shared
        return
    for item in body.value[payload]:
        row = dict(shared)
        _add(
            row,
            _by_record(item, VARYING.get(payload)) if isinstance(item, dict) else {payload: item},
            payload,
        )
        yield row


def _by_record(item: Row, field: str | None) -> Row:
    """With the field that holds one record or another under the name of the record."""
    if field is None:
        return item
    fields = {name: value for name, value in item.items() if name != field}
    record = item[f"{field}Type"]
    return fields | {record: item[field]} if record else fields


def _add(row: Row, fields: Row, origin: str) -> None:
    for name, value in fields.items():
        row[f"{origin}.{name}" if name in row else name] = value
