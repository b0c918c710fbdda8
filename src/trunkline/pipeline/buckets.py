"""Buckets: ranges of (account, actor) small enough to be settled in memory, whatever the size of the input.

A bucket reads one contiguous slice of each sorted file. An actor is never split; one with more events than a run can settle
is a flood: its new events are set aside, so that one broken producer does not take the memory of everybody's files.
"""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True)
class Division:
    """How a run's events are divided."""

    buckets: list[Bucket]
    floods: pl.DataFrame
    """Actors (account, actor) with more than a run settles, and how many new events each has (`events`)."""


def divided(
    compacted: Sequence[Path],
    carried: Sequence[Path],
    kind: Kind,
    accounts: Sequence[str],
    *,
    size: int,
    most: int,
) -> Division:
    """Buckets of about `size` events, in the order of account and actor; events of other accounts are left out.

    An actor with more than `most` events, open sessions included, is a flood.
    """
    counts = {path: actors_of(path, kind) for path in [*compacted, *carried]}
    totals = _totals(list(counts.values()), kind, accounts)
    floods = totals.filter(pl.col("rows") > most).select(kind.key)
    fresh = _totals([counts[path] for path in compacted], kind, accounts)
    return Division(
        _buckets(compacted, carried, kind, counts, _numbered(totals, kind, size)),
        fresh.join(floods, on=kind.key, how="semi").select(*kind.key, events="rows"),
    )


def actors_of(path: Path, kind: Kind) -> pl.DataFrame:
    """Each actor of the file with its first row and its number of rows, in the order of the file."""
    keys = pl.scan_parquet(path).select(kind.key)
    counted = keys.group_by(kind.key, maintain_order=True).len("rows").collect()
    return counted.with_columns(first=pl.col("rows").cum_sum() - pl.col("rows"))


def _buckets(
    compacted: Sequence[Path],
    carried: Sequence[Path],
    kind: Kind,
    counts: Mapping[Path, pl.DataFrame],
    numbers: pl.DataFrame,
) -> list[Bucket]:
    slices = {path: _slices(path, count, numbers, kind) for path, count in counts.items()}
    return [
        Bucket(
            tuple(slices[path][number] for path in compacted if number in slices[path]),
            tuple(slices[path][number] for path in carried if number in slices[path]),
        )
        for number in numbers["bucket"].unique(maintain_order=True)
    ]


def read(slices: Sequence[Slice], kind: Kind, accounts: Sequence[str], floods: pl.DataFrame) -> pl.DataFrame:
    """The events of these accounts in the slices, `kind.columns`, without those of `floods`."""
    if not slices:
        return pl.DataFrame(schema=dict(kind.columns))
    frames = [pl.scan_parquet(one.path).slice(one.first, one.rows).select(*kind.columns) for one in slices]
    events = pl.concat(frames).filter(pl.col("accountId").is_in(list(accounts)))
    return (events.join(floods.lazy(), on=kind.key, how="anti") if floods.height else events).collect()


def _totals(counts: Sequence[pl.DataFrame], kind: Kind, accounts: Sequence[str]) -> pl.DataFrame:
    """Each actor of these accounts with the number of its events (`rows`), in order."""
    none = pl.DataFrame(schema={**{name: kind.columns[name] for name in kind.key}, "rows": pl.Int64})
    several = [count.select(*kind.key, pl.col("rows").cast(pl.Int64)) for count in counts]
    actors = pl.concat([none, *several]).filter(pl.col("accountId").is_in(list(accounts)))
    return actors.group_by(kind.key).agg(pl.col("rows").sum()).sort(kind.key)


def _numbered(totals: pl.DataFrame, kind: Kind, size: int) -> pl.DataFrame:
    """Each actor with the number of its bucket."""
    before = pl.col("rows").cum_sum() - pl.col("rows")
    return totals.select(*kind.key, bucket=before // size)


def _slices(path: Path, counts: pl.DataFrame, numbers: pl.DataFrame, kind: Kind) -> dict[int, Slice]:
    end = pl.col("first") + pl.col("rows")
    ranges = (
        counts.join(numbers, on=kind.key, how="inner")
        .group_by("bucket")
        .agg(pl.col("first").min(), rows=end.max() - pl.col("first").min())
    )
    return {number: Slice(path, first, rows) for number, first, rows in ranges.iter_rows()}
