"""Second stage: files are cut into pieces by ranges of actors, so that all that is about an actor comes to one task."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from trunkline.pipeline.carrying import read_index
from trunkline.pipeline.compaction import sorted_by
from trunkline.pipeline.history import recalled
from trunkline.pipeline.spark.job import Item, Job, chosen, local
from trunkline.pipeline.spark.ranges import slices
from trunkline.pipeline.spark.rows import PIECES, Batches, packed, read


def cut(
    job: Job, items: Sequence[Item], bounds: pl.DataFrame, late: pl.DataFrame, batches: Batches
) -> Batches:
    """`bounds`: where ranges begin; `late`: actors with late events, with the `start` of their sessions where one is near."""
    with job.begun() as (store, work):
        for number, item in chosen(items, read(batches)):
            piece = 0
            for chunk in _chunks(job, item, local(job, item, store, work), late):
                for range_, frame in slices(chunk, bounds, job.kind):
                    for some in frame.iter_slices(job.piece):
                        yield PIECES.row(
                            range=range_, role=item.role, item=number, piece=piece, frame=packed(some)
                        )
                        piece += 1


def _chunks(job: Job, item: Item, path: Path, late: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows that are asked for, sorted by account and actor."""
    kind = job.kind
    if item.role == "index":
        yield read_index([path], late, kind, job.plan.oldest).sort(kind.key)
    elif item.role == "recalled":
        near = late.filter(pl.col("start").is_not_null())
        yield recalled([path], near, kind).collect().sort(sorted_by(kind))
    else:
        wanted, end = pl.scan_parquet(path).select(*kind.columns), item.first + item.rows
        for first in range(item.first, end, job.size):
            some = wanted.slice(first, min(job.size, end - first))
            yield some.filter(pl.col("accountId").is_in(job.accounts)).collect()
