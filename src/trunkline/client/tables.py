"""Data files as tables with plain columns: Parquet, or one JSON object per line.

A body is `{"header": {…}, "<payload>": […]}`. Its list becomes rows: one row per item, made of

1. `accountId`, `sessionStart`, `sessionEnd` (epoch ms, as every time in these files) and `scopeStart` of the file;
2. the fields of the header, such as `agentSessionId`, and any other field beside the list;
3. the fields of the item. What is nested in an item stays a list or a struct.

A body without a list, or with more than one, is one row. A name that is taken already becomes `<payload>.<name>`.
Each kind of body is a table of its own: the kind named like the data type (`AgentActivityData`) in the folder itself,
others in a folder of theirs (`WebSessionNavigationData` of a web session in `Navigation/`).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import polars as pl
from polars.datatypes import DataType, DataTypeClass

from trunkline.client.durable import publish
from trunkline.client.records import Body, Record, read_records

Row = dict[str, Any]

# Rows held as Python objects before they go into compact columns.
BATCH_ROWS = 20_000

ENVELOPE: dict[str, DataType] = {
    "accountId": pl.String(),
    "sessionStart": pl.Int64(),
    "sessionEnd": pl.Int64(),
    "scopeStart": pl.Int64(),
}


def rows_of(record: Record, scope_start: int) -> Iterator[tuple[str, Row]]:
    """The rows of a session, each with the table it belongs to ("" for the data type's own)."""
    envelope = {
        "accountId": record.account,
        "sessionStart": record.start,
        "sessionEnd": record.end,
        "scopeStart": scope_start,
    }
    for body in record.bodies:
        for row in _explode(body, envelope):
            yield table_of(body.kind, record.data_type), row


def table_of(kind: str, data_type: str) -> str:
    """`AgentActivityData` of AgentActivity → "", `WebSessionNavigationData` of WebSession → "Navigation"."""
    return kind.removeprefix(data_type).removesuffix("Data")


def write_tables(
    source: Path, folder: Path, form: Literal["parquet", "ndjson"], scope_start: int
) -> tuple[list[Path], int, int]:
    """Convert a data file into one table per kind of body; returns their paths, the sessions and the rows.

    A table without rows is not written. Writing again gives the same files.
    """
    make: type[_Parquet | _Lines] = _Parquet if form == "parquet" else _Lines
    name = f"{source.name.removesuffix('.gz')}.{form}"
    writers: dict[str, _Parquet | _Lines] = {}
    sessions = rows = 0
    for record in read_records(source):
        sessions += 1
        for table, row in rows_of(record, scope_start):
            if table not in writers:
                writers[table] = make(folder / table / name)
            writers[table].add(row)
            rows += 1
    return [writer.finish() for writer in writers.values()], sessions, rows


class _Parquet:
    """Rows collected as columns, a batch at a time, then written as one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
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
        _write(self.path, lambda part: _plain(table).write_parquet(part, compression="zstd", statistics=True))
        return self.path

    def _pack(self) -> None:
        if self._rows:
            overrides = {name: ENVELOPE[name] for name in ENVELOPE}
            self._frames.append(
                pl.from_dicts(self._rows, infer_schema_length=None, schema_overrides=overrides, strict=False)
            )
            self._rows = []


class _Lines:
    """Rows as JSON, one per line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._encode = msgspec.json.Encoder().encode
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _part(path).open("wb", buffering=2**20)

    def add(self, row: Row) -> None:
        self._file.write(self._encode(row) + b"\n")

    def finish(self) -> Path:
        self._file.close()
        publish(_part(self.path), self.path)
        return self.path


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _write(path: Path, write: Callable[[Path], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(_part(path))
    publish(_part(path), path)


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    """A column of which no row says its type is text, so that readers of many files find a type in each."""
    return table.cast({name: _typed(kind) for name, kind in table.schema.items()})


def _typed(kind: DataType | DataTypeClass) -> DataType | DataTypeClass:
    if kind == pl.Null:
        return pl.String()
    if isinstance(kind, pl.List):
        return pl.List(_typed(kind.inner))
    if isinstance(kind, pl.Struct):
        return pl.Struct({field.name: _typed(field.dtype) for field in kind.fields})
    return kind


def _explode(body: Body, envelope: Row) -> Iterator[Row]:
    lists = [name for name, value in body.value.items() if isinstance(value, list)]
    payload = lists[0] if len(lists) == 1 else None
    shared = dict(envelope)
    for name, value in body.value.items():
        if name == "header" and isinstance(value, dict):
            _add(shared, value, name)
        elif name != payload:
            _add(shared, {name: value}, "body")
    if payload is None:
        yield shared
        return
    for item in body.value[payload]:
        row = dict(shared)
        _add(row, item if isinstance(item, dict) else {payload: item}, payload)
        yield row


def _add(row: Row, fields: Row, origin: str) -> None:
    for name, value in fields.items():
        row[f"{origin}.{name}" if name in row else name] = value
