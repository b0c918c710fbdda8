"""The driver: divides the work, lets Spark do it, and hands over what is to be published."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from pyspark.sql import DataFrame, SparkSession

from trunkline.pipeline.carrying import Gathered, index_table, state_table
from trunkline.pipeline.catalogue import DataFile
from trunkline.pipeline.compaction import DamagedSegment
from trunkline.pipeline.data_files import WrittenFile
from trunkline.pipeline.engine import Built, bearable, finished
from trunkline.pipeline.history import History
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.sessions.index import outermost
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.settler import together
from trunkline.pipeline.spark.job import Item, Job, versions
from trunkline.pipeline.spark.looking import look, recall
from trunkline.pipeline.spark.ranges import bounds
from trunkline.pipeline.spark.rows import (
    LOOKED,
    NEAR,
    PIECES,
    SETTLED,
    WRITTEN,
    Columns,
    Task,
    task,
    unpacked,
)
from trunkline.pipeline.spark.session import told
from trunkline.pipeline.spark.settling import settle
from trunkline.pipeline.spark.slicing import cut
from trunkline.pipeline.spark.targets import FINDINGS, INDEX, STATE, decoded
from trunkline.pipeline.spark.watching import watched
from trunkline.pipeline.spark.writing import FILE, write
from trunkline.pipeline.steps import Progress

RANGE = 4
"""Buckets that a task settles, where the events are many: enough to be worth its start, and few to be done again."""


@dataclass(frozen=True)
class SparkEngine:
    """Implements `Engine`: what is made lies in the store, which executors reach by its URL as the driver does."""

    session: Callable[[], SparkSession]

    def __call__(
        self, plan: Plan, kind: Kind, past: History, size: int, work: Path, progress: Progress, /
    ) -> Built:
        job = Job(past.store.url, plan, size, versions())
        session = self.session()
        with told(f"{plan.kind}: Spark did not do the work"):
            run = _Run(session, job, past, progress)
            found = run.written(run.looked())
        findings = together([decoded(fact) for role, fact in found if role == FINDINGS], kind)
        bearable(findings.floods, plan)
        files = [msgspec.json.decode(fact, type=DataFile) for role, fact in found if role == FILE]
        files.sort(key=lambda file: (file.account_id, file.data_type, file.scope_start, file.part))
        roles = {role for role, _ in found}
        # Where no task had anything to keep, an empty file says so.
        state = None if STATE in roles else Gathered(work, state_table(kind)).finish()
        index = None if INDEX in roles else Gathered(work, index_table(kind)).finish()
        built = finished([WrittenFile(file, None) for file in files], state, index, findings, past)
        progress("built", 1, 1)
        return built


@dataclass(frozen=True)
class _Looked:
    """What the first stage has seen."""

    rows: dict[Item, int]
    samples: pl.DataFrame
    late: pl.DataFrame
    """Actors with late events; with `start`, the oldest of their sessions, where one of these is near."""


@dataclass(frozen=True)
class _Run:
    session: SparkSession
    job: Job
    past: History
    progress: Progress

    def looked(self) -> _Looked:
        """Raises `DamagedSegment`."""
        plan = self.job.plan
        items = [Item("new", key) for key in plan.segments]
        items += [Item("carried", plan.state)] if plan.state else []
        looked = self._collected("compacted", self._mapped(look, items, LOOKED, items)) if items else []
        rows = sorted(looked, key=lambda row: row["item"])
        for row in rows:
            if row["damage"]:
                raise DamagedSegment(row["damage"])
        samples = [pl.DataFrame(schema={**self._key_types(), "weight": pl.Float64()})]
        late = [unpacked(row["late"]) for row in rows if row["late"]]
        return _Looked(
            {items[row["item"]]: row["rows"] for row in rows},
            pl.concat([*samples, *(unpacked(row["sample"]) for row in rows)]),
            self._near(pl.concat([pl.DataFrame(schema=dict(self.job.kind.columns)), *late])),
        )

    def _near(self, late: pl.DataFrame) -> pl.DataFrame:
        items, key = [Item("index", name) for name in self.past.indexes()], self.job.kind.key
        none = pl.DataFrame(schema={**self._key_types(), "start": pl.Int64(), "near": pl.Boolean()})
        few = outermost(late, self.job.kind)
        rows = self._mapped(recall, items, NEAR, items, few).collect() if late.height and items else []
        found = pl.concat([none, *(unpacked(row["actors"]) for row in rows)])
        starts = found.group_by(key).agg(pl.col("start").min(), pl.col("near").any()).filter("near")
        return late.select(key).unique().join(starts.drop("near"), on=key, how="left")

    def written(self, looked: _Looked) -> list[tuple[str, bytes]]:
        """What the last stage tells: role and fact."""
        items = list(chain(self._read(looked), self._remembered(looked.late)))
        if not items:
            return []
        edges = bounds(looked.samples, self.job.kind, self._ranges(sum(looked.rows.values())))
        ranges = edges.height + 1
        writers = min(2 * self._cores, 4 * ranges)
        pieces = self._mapped(cut, items, PIECES, items, edges, looked.late)
        settled = _each(pieces.repartitionById(ranges, "range"), settle, SETTLED, self.job, writers)
        ordered = settled.repartitionById(writers, "writer").sortWithinPartitions("target", "range", "number")
        written = self._collected("settled", _each(ordered, write, WRITTEN, self.job))
        return [(row["role"], row["fact"]) for row in written]

    def _ranges(self, events: int) -> int:
        """As many as there are cores for, where each has enough to do; more where the events are too many for that."""
        size = self.job.size
        return max(math.ceil(events / (RANGE * size)), min(2 * self._cores, math.ceil(10 * events / size)), 1)

    @property
    def _cores(self) -> int:
        return self.session.sparkContext.defaultParallelism

    def _read(self, looked: _Looked) -> Iterator[Item]:
        for item, rows in looked.rows.items():
            step = RANGE * self.job.size if item.role == "carried" else max(rows, 1)
            for first in range(0, rows, step):
                yield replace(item, first=first, rows=min(step, rows - first))

    def _remembered(self, late: pl.DataFrame) -> Iterator[Item]:
        """Files with what late events may touch."""
        if late.height:
            yield from (Item("index", key) for key in self.past.indexes())
        yield from (Item("recalled", key) for key in self.past.segments_since(late["start"].min()))

    def _key_types(self) -> dict[str, pl.DataType]:
        return {name: self.job.kind.columns[name] for name in self.job.kind.key}

    def _collected(self, step: str, frame: DataFrame) -> list[Any]:
        def report(done: int, total: int) -> None:
            self.progress(step, done, total)

        with watched(self.session.sparkContext, f"trunkline {self.job.plan.kind} {step}", report):
            rows = frame.collect()
        report(1, 1)
        return rows

    def _mapped(self, function: Task, items: Sequence[Item], columns: Columns, *given: Any) -> DataFrame:
        tasks = min(len(items), 4 * self._cores)
        return _each(self.session.range(0, len(items), 1, tasks), function, columns, self.job, *given)


def _each(frame: DataFrame, function: Task, columns: Columns, *given: Any) -> DataFrame:
    return frame.mapInArrow(task(function, *given), columns.ddl)
