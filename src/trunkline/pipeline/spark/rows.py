"""The rows that Spark moves between the stages: few and large, told apart by numbers; frames travel in them as Parquet."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa
import zstandard

Batches = Iterator[pa.RecordBatch]
Task = Callable[..., Batches]

_INT, _LONG, _STRING, _BINARY = pa.int32(), pa.int64(), pa.string(), pa.binary()
_NAMES = {_INT: "int", _LONG: "bigint", _STRING: "string", _BINARY: "binary"}

PIECE_BYTES = 8 * 2**20
"""Text that a row holds at most, before it is compressed."""
BATCH_BYTES = 16 * 2**20
"""Rows that are handed to a task at one time."""


@dataclass(frozen=True)
class Columns:
    types: Mapping[str, pa.DataType]

    @property
    def ddl(self) -> str:
        """As Spark wants them."""
        return ", ".join(f"{name} {_NAMES[dtype]}" for name, dtype in self.types.items())

    def row(self, **values: Any) -> pa.RecordBatch:
        """A batch of one row; columns that are not given are null."""
        arrays = [pa.array([values.get(name)], dtype) for name, dtype in self.types.items()]
        return pa.RecordBatch.from_arrays(arrays, list(self.types))


LOOKED = Columns({"item": _INT, "damage": _STRING, "rows": _LONG, "sample": _BINARY, "late": _BINARY})
"""What was seen in a file: that it is damaged; or its rows, some of its actors with weights, its late events."""
NEAR = Columns({"actors": _BINARY})
"""Actors with late events: the oldest start of their sessions in an index, and whether one of these is near."""
PIECES = Columns({"range": _INT, "role": _STRING, "item": _INT, "piece": _INT, "frame": _BINARY})
"""Some rows of a file, of one range of actors."""
SETTLED = Columns(
    {
        "writer": _INT,
        "target": _STRING,
        "range": _INT,
        "number": _INT,
        "block": _BINARY,
        "records": _INT,
        "ids": _BINARY,
    }
)
"""A block for a target: text of a data file; or a frame. Ordered by range and number. `records` and `ids` stand in the last
block of whole records."""
WRITTEN = Columns({"role": _STRING, "fact": _BINARY})


def packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def unpacked(data: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(data))


def pressed(text: bytes) -> bytes:
    """Lines are alike: a thirtieth of the bytes goes through Spark."""
    return zstandard.compress(text, 1)


def unpressed(data: bytes) -> bytes:
    return zstandard.decompress(data)


def read(batches: Batches) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


def task(function: Task, *given: Any) -> Callable[[Batches], Batches]:
    """The function for `mapInArrow`. What is given travels to the executors and has to be small."""

    def run(batches: Batches) -> Batches:
        yield from function(*given, batches)

    return run
