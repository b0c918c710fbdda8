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
        assert_the_same(self.spark, self.embedded)


def assert_the_same(found: World, expected: World) -> None:
    """Listed files, texts, bytes, dead letters, open sessions and indexes."""
    assert found.texts() == expected.texts()
    assert found.listed() == expected.listed()
    for prefix in (LETTERS, "files"):
        assert _read(found, prefix) == _read(expected, prefix)
    found.assert_store_matches_catalogue()
    for run in expected.catalogue.runs(expected.kind, 0, 2**62):
        for key in (run.state, index_key(run.state)):
            assert_frame_equal(_frame(found, key), _frame(expected, key))


def _read(world: World, prefix: str) -> dict[str, bytes]:
    return {key: world.store.read(key) for key in world.store.list(prefix)}


def _frame(world: World, key: str) -> pl.DataFrame:
    return pl.read_parquet(world.store.local(key))
