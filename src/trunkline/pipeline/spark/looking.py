"""First stage: what the files of a run hold, so that its work can be divided; and which old sessions it may touch."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from trunkline.pipeline.buckets import actors_of
from trunkline.pipeline.carrying import read_index
from trunkline.pipeline.compaction import DamagedSegment
from trunkline.pipeline.sessions.index import outermost
from trunkline.pipeline.sessions.job import late_actors
from trunkline.pipeline.sessions.preparing import taken_in
from trunkline.pipeline.settler import given, with_start
from trunkline.pipeline.spark.job import Item, Job, chosen, local
from trunkline.pipeline.spark.ranges import sampled
from trunkline.pipeline.spark.rows import LOOKED, NEAR, Batches, packed, read


def look(job: Job, items: Sequence[Item], batches: Batches) -> Batches:
    """A row for each file: a segment is compacted if it is not."""
    with job.begun() as (store, work):
        for number, item in chosen(items, read(batches)):
            try:
                path = local(job, item, store, work)
            except DamagedSegment as damage:
                yield LOOKED.row(item=number, damage=str(damage))
                continue
            actors = actors_of(path, job.kind)
            sample = sampled(actors.filter(pl.col("accountId").is_in(job.accounts)), job.kind, number)
            late = packed(_late(job, path)) if item.role == "new" else None
            yield LOOKED.row(item=number, rows=int(actors["rows"].sum()), sample=packed(sample), late=late)


def _late(job: Job, path: Path) -> pl.DataFrame:
    """Late events that tell which actors' older sessions are asked for."""
    kind, plan = job.kind, job.plan
    events = pl.scan_parquet(path).with_row_index("row")
    narrow = events.filter(pl.col("accountId").is_in(job.accounts))
    times = narrow.select("row", *kind.key, "timestamp", "receivedAt").collect()
    late = taken_in(times, plan.first_hour, plan.grace, plan.settled).filter("late")
    rows = outermost(late, kind)["row"]
    return events.filter(pl.col("row").is_in(rows.implode())).select(*kind.columns).collect()


def recall(job: Job, items: Sequence[Item], late: pl.DataFrame, batches: Batches) -> Batches:
    """For each index, the actors with late events that have sessions in it: `start`, the oldest, and whether one is `near`."""
    kind = job.kind
    with job.begun() as (store, _work):
        for _, item in chosen(items, read(batches)):
            lines = read_index([store.local(item.key)], late, kind, job.plan.oldest)
            near = late_actors(late, lines, **given(job.plan, kind)).with_columns(near=True)
            starts = with_start(late.select(kind.key).unique(), lines, kind)
            found = starts.join(near, on=kind.key, how="left").with_columns(pl.col("near").fill_null(False))
            yield NEAR.row(actors=packed(found))
