"""What a plan may have to look back at: published runs, and what they left in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.carrying import index_key, read_index
from trunkline.pipeline.catalogue import Catalogue, Forgotten, Run
from trunkline.pipeline.compaction import compacted
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.segments.layout import hour_name
from trunkline.store import Store


@dataclass(frozen=True)
class History:
    store: Store
    kind: Kind
    runs: Sequence[Run]
    oldest: int
    """No closed session whose last event lies before this can be touched by the plan's events, epoch ms."""
    work: Path

    def index(self, new: pl.DataFrame) -> pl.DataFrame:
        """The closed sessions that the events in `new` may belong to."""
        return read_index([self.store.local(key) for key in self.indexes()], new, self.kind, self.oldest)

    def indexes(self) -> list[str]:
        """Store keys of all that may hold them."""
        return [index_key(run.state) for run in self.runs if run.end_hour > self.oldest]

    def events(self, late: pl.DataFrame) -> pl.DataFrame:
        """All events of these actors, each since its `start`, that earlier runs have read."""
        return self._scan(late).collect()

    def counts(self, late: pl.DataFrame) -> pl.DataFrame:
        """How many those are, for each of the actors that has any (`events`)."""
        return self._scan(late).group_by(self.kind.key).agg(events=pl.len().cast(pl.Int64)).collect()

    def _scan(self, late: pl.DataFrame) -> pl.LazyFrame:
        keys = self.segments_since(late["start"].min())
        paths = [compacted(self.store, key, self.kind, self.work) for key in keys]
        return recalled(paths, late, self.kind)

    def segments_since(self, start: Any) -> list[str]:
        """The segments that earlier runs have read and that may hold events since then."""
        # An event may be received a few minutes before the time it bears, never an hour.
        runs = [run for run in self.runs if start is not None and run.end_hour + HOUR_MS > start]
        return [key for run in runs for key in run.segments]

    def file_names(self) -> dict[tuple[str, str, int], list[str]]:
        """The parts published for an account, data type and hour."""
        names: dict[tuple[str, str, int], list[str]] = {}
        for run in self.runs:
            for file in run.files:
                names.setdefault((file.account_id, file.data_type, file.scope_start), []).append(file.name)
        return names


def recalled(compacted: Sequence[Path], late: pl.DataFrame, kind: Kind) -> pl.LazyFrame:
    """The events in these files of the actors, each since its `start`."""
    if not compacted or not late.height:
        return pl.LazyFrame(schema=dict(kind.columns))
    accounts = late["accountId"].unique().to_list()
    return (
        pl.scan_parquet(list(compacted))
        .filter(pl.col("accountId").is_in(accounts) & (pl.col("timestamp") >= late["start"].min()))
        .join(late.lazy().select(*kind.key, since="start"), on=kind.key, how="inner")
        .filter(pl.col("timestamp") >= pl.col("since"))
        .select(*kind.columns)
    )


def history(store: Store, catalogue: Catalogue, plan: Plan, kind: Kind, work: Path) -> History:
    """Raises `Forgotten`."""
    runs = catalogue.runs(plan.kind, plan.reach, plan.first_hour)
    begins, before = (runs[0].first_hour, runs[0].carried) if runs else (plan.first_hour, plan.state)
    # Where nothing came before, nothing is missing.
    if before is not None and plan.reach < begins:
        raise Forgotten(
            f"{plan.kind}: hours from {hour_name(plan.first_hour)} on look back at hours before {hour_name(begins)}, "
            "which are past their time"
        )
    return History(store, kind, runs, plan.oldest, work)
