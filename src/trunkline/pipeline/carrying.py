"""What one run leaves to the next: the events of open sessions (state), and the closed sessions (index)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trunkline.pipeline.compaction import ROW_GROUP, sorted_by, write_parquet
from trunkline.pipeline.sessions.index import index_schema
from trunkline.pipeline.sessions.kinds import Kind


def index_key(state: str) -> str:
    """The index that was written beside a state."""
    return "index/" + state.removeprefix("state/")


@dataclass(frozen=True)
class Table:
    """What is carried on: its columns, and the order in which its file has them."""

    name: str
    schema: dict[str, pl.DataType]
    order: list[str]

    def ordered(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(*self.schema).sort(self.order, maintain_order=True)


def state_table(kind: Kind) -> Table:
    return Table("state", dict(kind.columns), sorted_by(kind))


def index_table(kind: Kind) -> Table:
    return Table("index", index_schema(kind), [*kind.key, "start", "key"])


class Gathered:
    """Frames of consecutive actors, each put on disk at once; `finish` makes one file of them."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._folder, self._table = folder, table
        self._parts: list[Path] = []

    def add(self, frame: pl.DataFrame) -> None:
        if frame.height:
            path = self._folder / f"{self._table.name}.{len(self._parts):06d}"
            self._table.ordered(frame).write_parquet(path, compression="uncompressed", statistics=False)
            self._parts.append(path)

    def finish(self) -> Path:
        """The path of the one file, synced."""
        path = self._folder / f"{self._table.name}.parquet"
        if len(self._parts) > 1:
            whole = pl.scan_parquet(self._parts)
            whole.sink_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            write_parquet(
                pl.read_parquet(self._parts[0]) if self._parts else pl.DataFrame(schema=self._table.schema),
                path,
            )
        return path


def read_index(paths: Sequence[Path], new: pl.DataFrame, kind: Kind, oldest: int) -> pl.DataFrame:
    """The lines of the actors in `new` whose last event is not before `oldest`."""
    if not paths or not new.height:
        return pl.DataFrame(schema=index_schema(kind))
    accounts = new["accountId"]
    return (
        pl.scan_parquet(list(paths))
        .filter(
            pl.col("accountId").is_between(pl.lit(accounts.min()), pl.lit(accounts.max()))
            & (pl.col("last") >= oldest)
        )
        .join(new.lazy().select(kind.key).unique(), on=kind.key, how="semi")
        .collect()
    )
