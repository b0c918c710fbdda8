"""Buckets: ranges of (account, actor) small enough to be settled in memory, whatever the size of the input.

A bucket reads one contiguous slice of each sorted file. An actor is never split: one with more events than a bucket should
have makes the bucket as large as that actor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind


@dataclass(frozen=True)
class Slice:
    path: Path
    first: int
    rows: int


@dataclass(frozen=True)
class Bucket:
    events: tuple[Slice, ...]
    """Of the compacted segments."""
    carried: tuple[Slice, ...]
    """Of the open sessions."""


def buckets(
    compacted: Sequence[Path], carried: Sequence[Path], kind: Kind, accounts: Sequence[str], size: int
) -> list[Bucket]:
    """Buckets of about `size` events, in the order of account and actor; events of other accounts are left out."""
    counts = {path: _counts(path, kind) for path in [*compacted, *carried]}
    numbers = _numbered(list(counts.values()), kind, accounts, size)
    slices = {path: _slices(path, count, numbers, kind) for path, count in counts.items()}
    return [
        Bucket(
            tuple(slices[path][number] for path in compacted if number in slices[path]),
            tuple(slices[path][number] for path in carried if number in slices[path]),
        )
        for number in numbers["bucket"].unique(maintain_order=True)
    ]


def read(slices: Sequence[Slice], kind: Kind, accounts: Sequence[str]) -> pl.DataFrame:
    """The events of these accounts in the slices, `kind.columns`."""
    if not slices:
        return pl.DataFrame(schema=dict(kind.columns))
    frames = [pl.scan_parquet(one.path).slice(one.first, one.rows).select(*kind.columns) for one in slices]
    return pl.concat(frames).filter(pl.col("accountId").is_in(list(accounts))).collect()


def _counts(path: Path, kind: Kind) -> pl.DataFrame:
    """Each actor of the file with its first row and its number of rows, in the order of the file."""
    keys = pl.scan_parquet(path).select(kind.key)
    counted = keys.group_by(kind.key, maintain_order=True).len("rows").collect()
    return counted.with_columns(first=pl.col("rows").cum_sum() - pl.col("rows"))


def _numbered(counts: Sequence[pl.DataFrame], kind: Kind, accounts: Sequence[str], size: int) -> pl.DataFrame:
    """Each actor of these accounts with the number of its bucket, in order."""
    if not counts:
        return pl.DataFrame(schema={"bucket": pl.Int64})
    actors = pl.concat(counts).filter(pl.col("accountId").is_in(list(accounts)))
    total = actors.group_by(kind.key).agg(pl.col("rows").cast(pl.Int64).sum()).sort(kind.key)
    before = pl.col("rows").cum_sum() - pl.col("rows")
    return total.select(*kind.key, bucket=before // size)


def _slices(path: Path, counts: pl.DataFrame, numbers: pl.DataFrame, kind: Kind) -> dict[int, Slice]:
    end = pl.col("first") + pl.col("rows")
    ranges = (
        counts.join(numbers, on=kind.key, how="inner")
        .group_by("bucket")
        .agg(pl.col("first").min(), rows=end.max() - pl.col("first").min())
    )
    return {number: Slice(path, first, rows) for number, first, rows in ranges.iter_rows()}
