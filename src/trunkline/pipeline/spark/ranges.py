"""Ranges of (account, actor): how the work of a run is divided among tasks.

A range decides nothing but which task settles an actor: their bounds come from samples and need not be exact. Ranges are in
the order of the files, so that what tasks make is put together in the order of their ranges.
"""

from collections.abc import Iterator

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind

SAMPLES = 256
"""Actors that stand for a file's events."""


def sampled(counts: pl.DataFrame, kind: Kind, number: int) -> pl.DataFrame:
    """Some actors of a file with the number of events that each stands for (`weight`).

    `counts`: its actors in order with their events (`rows`). `number` of the file: where it is sampled differs from file to
    file, so that many files together are known more finely than one.
    """
    total = counts["rows"].sum()
    offset = number * 0.6180339887 % 1
    passed = (pl.col("rows").cum_sum() * (SAMPLES / max(total, 1)) + offset).floor()
    weight = (passed - passed.shift(1, fill_value=0)) * (total / SAMPLES)
    return counts.select(*kind.key, weight=weight).filter(pl.col("weight") > 0)


def bounds(samples: pl.DataFrame, kind: Kind, ranges: int) -> pl.DataFrame:
    """The first actor of each range but the first, in order; at most `ranges` ranges of about equal weight."""
    weights = samples.group_by(kind.key).agg(pl.col("weight").sum()).sort(kind.key)
    before = pl.col("weight").cum_sum() - pl.col("weight")
    total = max(weights["weight"].sum(), 1)
    number = (before * (ranges / total)).floor()
    return weights.filter(number > number.shift(1)).select(kind.key)


def slices(frame: pl.DataFrame, bounds: pl.DataFrame, kind: Kind) -> Iterator[tuple[int, pl.DataFrame]]:
    """The frame, sorted by account and actor, as a slice for each range that it has rows of."""
    actors = frame.group_by(kind.key, maintain_order=True).agg(pl.len().cast(pl.Int64).alias("rows"))
    edges = bounds.select(*kind.key, rows=pl.lit(0, dtype=pl.Int64), edge=pl.lit(True))
    marked = pl.concat([edges, actors.with_columns(edge=pl.lit(False))]).sort(
        *kind.key, "edge", descending=[False, False, True]
    )
    counts = marked.group_by(pl.col("edge").cum_sum().alias("range"), maintain_order=True).agg(
        pl.col("rows").sum()
    )
    first = 0
    for number, rows in counts.filter(pl.col("rows") > 0).iter_rows():
        yield number, frame.slice(first, rows)
        first += rows
