"""Two worlds with the same events: one for each engine. What they publish has to be the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal
from tests.pipeline.world import H0, Event, World

from trunkline.clock import HOUR_MS
from trunkline.pipeline.carrying import index_key
from trunkline.pipeline.catalogue import Run
from trunkline.pipeline.plan import Limits
from trunkline.pipeline.spark.engine import SparkEngine
from trunkline.pipeline.types import KINDS
from trunkline.segments.layout import LETTERS

FINE = Limits(part_bytes=5_000, bucket_events=20)
"""Buckets, ranges and parts so small that there are many of each."""


class Twins:
    def __init__(self, folder: Path, session: Callable[[], Any], **given: Any) -> None:
        self.embedded = World(folder / "embedded", **given)
        self.spark = World(folder / "spark", **given)
        self.engine = SparkEngine(session)

    @property
    def data_types(self) -> set[str]:
        return set(KINDS[self.spark.kind].data_types)

    def received(self, *events: Event, **given: Any) -> None:
        for world in (self.embedded, self.spark):
            world.received(*events, **given)

    def run(self, hours: int, limits: Limits = FINE, on: str = "spark") -> Run | None:
        """Both up to so many hours after H0; the second world `on` an engine."""
        until = H0 + hours * HOUR_MS
        expected = self.embedded.run(until, limits)
        given = {"engine": self.engine} if on == "spark" else {}
        found = self.spark.run(until, limits, **given)
        assert (found and (found.counts, found.accounts)) == (
            expected and (expected.counts, expected.accounts)
        )
        return found

    def assert_the_same(self) -> None:
        assert self.spark.texts() == self.embedded.texts()
        assert self.spark.listed() == self.embedded.listed()
        for world in (self.embedded, self.spark):
            world.assert_store_matches_catalogue()
        assert _read(self.spark, LETTERS) == _read(self.embedded, LETTERS)
        assert _read(self.spark, "files") == _read(self.embedded, "files")
        for run in self.embedded.catalogue.runs(self.embedded.kind, 0, 2**62):
            for key in (run.state, index_key(run.state)):
                expected, found = (_frame(world, key) for world in (self.embedded, self.spark))
                assert_frame_equal(found, expected)


def _read(world: World, prefix: str) -> dict[str, bytes]:
    return {key: world.store.read(key) for key in world.store.list(prefix)}


def _frame(world: World, key: str) -> pl.DataFrame:
    return pl.read_parquet(world.store.local(key))
