"""Third stage: a range of actors is settled, bucket by bucket, by the same rules and in the same bounds as in the embedded engine."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
from pyspark import TaskContext

from trunkline.pipeline.buckets import divided
from trunkline.pipeline.carrying import index_table, read_index, state_table
from trunkline.pipeline.history import recalled
from trunkline.pipeline.records.lines import Lines
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.settler import Settled, Settler, none_found, together
from trunkline.pipeline.spark.job import Job
from trunkline.pipeline.spark.rows import PIECE_BYTES, SETTLED, Batches, packed, pressed, read
from trunkline.pipeline.spark.targets import FINDINGS, INDEX, STATE, encoded, of_scope


@dataclass(frozen=True)
class Spool:
    """The pieces of a task's range, as files in the order of the items. Implements `Past`."""

    kind: Kind
    oldest: int
    files: dict[str, list[Path]]

    def of(self, role: str) -> list[Path]:
        return self.files.get(role, [])

    def index(self, new: pl.DataFrame) -> pl.DataFrame:
        return read_index(self.of("index"), new, self.kind, self.oldest)

    def counts(self, late: pl.DataFrame) -> pl.DataFrame:
        events = recalled(self.of("recalled"), late, self.kind)
        return events.group_by(self.kind.key).agg(events=pl.len().cast(pl.Int64)).collect()

    def events(self, late: pl.DataFrame) -> pl.DataFrame:
        return recalled(self.of("recalled"), late, self.kind).collect()


def settle(job: Job, writers: int, batches: Batches) -> Batches:
    """Blocks of text and frames, each for one of so many writers."""
    kind, most = job.kind, job.plan.actor_events
    out = _Out(job, writers)
    with job.begun() as (_store, work):
        spool = Spool(kind, job.plan.oldest, _spooled(read(batches), work))
        division = divided(spool.of("new"), spool.of("carried"), kind, job.accounts, size=job.size, most=most)
        settler = Settler(job.plan, kind, spool, division.floods)
        found = [replace(none_found(kind), floods=division.floods)]
        for bucket in division.buckets:
            settled = settler(bucket)
            yield from out.bucket(settled)
            found.append(settled.findings)
        yield from out.block(FINDINGS, encoded(together(found, kind)))


def _spooled(pieces: Iterator[dict[str, Any]], work: Path) -> dict[str, list[Path]]:
    """Spark gives the pieces in any order; the rules are not asked to be indifferent to it."""
    found: dict[str, list[Path]] = {}
    for row in pieces:
        path = work / f"{row['role']}.{row['item']:08d}.{row['piece']:08d}"
        path.write_bytes(row["frame"])
        found.setdefault(row["role"], []).append(path)
    return {role: sorted(paths) for role, paths in found.items()}


class _Out:
    """A task's blocks, numbered."""

    def __init__(self, job: Job, writers: int) -> None:
        self._job, self._writers = job, writers
        context = TaskContext.get()
        assert context is not None
        # A range of actors is a partition, by its number.
        self._range = context.partitionId()
        self._number = 0

    def bucket(self, settled: Settled) -> Batches:
        for one in settled.lines:
            yield from self._lines(one)
        kind = self._job.kind
        state = state_table(kind).ordered(settled.carried)
        index = index_table(kind).ordered(settled.index)
        for target, frame in ((STATE, state), (INDEX, index)):
            for some in frame.iter_slices(self._job.piece):
                yield from self.block(target, packed(some))

    def _lines(self, one: Lines) -> Batches:
        target = of_scope(one.scope)
        for block in one.text:
            for first in range(0, len(block), PIECE_BYTES):
                yield from self.block(target, pressed(block[first : first + PIECE_BYTES]))
        ids = packed(one.ids.to_frame("ids")) if one.ids is not None else None
        yield from self.block(target, pressed(b""), records=one.records, ids=ids)

    def block(self, target: str, block: bytes, **more: Any) -> Batches:
        self._number += 1
        yield SETTLED.row(
            writer=zlib.crc32(target.encode()) % self._writers,
            target=target,
            range=self._range,
            number=self._number,
            block=block,
            **more,
        )
