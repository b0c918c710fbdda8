"""Second stage: files are cut into pieces by ranges of actors, so that all that is about an actor comes to one task."""

from collections.abc import Iterator, Sequence

import polars as pl

from trunkline.pipeline.carrying import read_index
from trunkline.pipeline.compaction import compacted, sorted_by
from trunkline.pipeline.history import recalled
from trunkline.pipeline.spark.job import Item, Job, chosen
from trunkline.pipeline.spark.ranges import slices
from trunkline.pipeline.spark.rows import PIECES, Batches, packed, read


def cut(
    job: Job, items: Sequence[Item], bounds: pl.DataFrame, late: pl.DataFrame, batches: Batches
) -> Batches:
    """`bounds`: where ranges begin; `late`: actors with late events, with the `start` of their sessions where one is near."""
    for number, item in chosen(items, read(batches)):
        piece = 0
        for chunk in _chunks(job, item, late):
            for range_, frame in slices(chunk, bounds, job.kind):
                for some in frame.iter_slices(job.piece):
                    yield PIECES.row(
                        range=range_, role=item.role, item=number, piece=piece, frame=packed(some)
                    )
                    piece += 1


def _chunks(job: Job, item: Item, late: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows that are asked for, sorted by account and actor."""
    kind, store = job.kind, job.store
    with job.begun() as work:
        if item.role == "index":
            yield read_index([store.local(item.key)], late, kind, job.plan.oldest).sort(kind.key)
        elif item.role == "recalled":
            near = late.filter(pl.col("start").is_not_null())
            yield (
                recalled([compacted(store, item.key, kind, work)], near, kind).collect().sort(sorted_by(kind))
            )
        else:
            path = compacted(store, item.key, kind, work) if item.role == "new" else store.local(item.key)
            wanted = pl.scan_parquet(path).select(*kind.columns)
            end = item.first + item.rows
            for first in range(item.first, end, job.size):
                some = wanted.slice(first, min(job.size, end - first))
                yield some.filter(pl.col("accountId").is_in(job.accounts)).collect()
