"""A bucket's events become lines of data files and what the next run needs: the same in every engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from trunkline.pipeline.buckets import Bucket, read
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.records.lines import Lines, lines
from trunkline.pipeline.sessions.job import late_actors, sessions
from trunkline.pipeline.sessions.kinds import Kind, Output
from trunkline.pipeline.sessions.tallies import added


class Past(Protocol):
    """What earlier runs know of actors."""

    def index(self, new: pl.DataFrame) -> pl.DataFrame:
        """The closed sessions that the events in `new` may belong to."""

    def counts(self, late: pl.DataFrame) -> pl.DataFrame:
        """How many events of each of these actors since its `start` earlier runs have read (`events`), where it has any."""

    def events(self, late: pl.DataFrame) -> pl.DataFrame:
        """Those events."""


Superseded = tuple[str, str, int, int]
"""Account, data type, hour of a session's file, hour of the file that holds its emission before."""


@dataclass(frozen=True)
class Findings:
    """What buckets give beside text and what is carried on."""

    dead: pl.DataFrame
    floods: pl.DataFrame
    """Actors whose new events were set aside: account, actor, `events`."""
    tallies: pl.DataFrame
    """`Outcome.tallies`."""
    superseded: set[Superseded]


@dataclass(frozen=True)
class Settled:
    """What a bucket gives: text for the files, and frames."""

    lines: list[Lines]
    carried: pl.DataFrame
    index: pl.DataFrame
    findings: Findings


def none_found(kind: Kind) -> Findings:
    return Findings(
        pl.DataFrame(schema={**kind.columns, "reason": pl.String()}),
        pl.DataFrame(schema={**{name: kind.columns[name] for name in kind.key}, "events": pl.Int64()}),
        added([]),
        set(),
    )


def together(several: Sequence[Findings], kind: Kind) -> Findings:
    none = none_found(kind)
    return Findings(
        pl.concat([none.dead, *(one.dead for one in several)]),
        pl.concat([none.floods, *(one.floods for one in several)]),
        added([one.tallies for one in several]),
        {found for one in several for found in one.superseded},
    )


@dataclass(frozen=True)
class Settler:
    plan: Plan
    kind: Kind
    past: Past
    floods: pl.DataFrame
    """Actors (`kind.key`) whose new events are left out."""

    def __call__(self, bucket: Bucket) -> Settled:
        plan, kind, accounts = self.plan, self.kind, list(self.plan.rules)
        new = read(bucket.events, kind, accounts, self.floods)
        carried = read(bucket.carried, kind, accounts, self.floods.clear())
        index = self.past.index(new)
        told = given(plan, kind)
        late = with_start(late_actors(new, index, **told), index, kind)
        deep = self._too_deep(late)
        floods = (
            new.join(deep, on=kind.key, how="semi").group_by(kind.key).agg(events=pl.len().cast(pl.Int64))
        )
        new, late = (frame.join(deep, on=kind.key, how="anti") for frame in (new, late))
        outcome = sessions(new, carried, index, self.past.events(late), **told)
        text, outcome = lines(outcome, kind, plan.rules)
        superseded = {one for output in kind.outputs for one in _superseded(outcome.sessions, output)}
        found = Findings(outcome.dead, floods, outcome.tallies, superseded)
        return Settled(text, outcome.carried, outcome.index, found)

    def _too_deep(self, late: pl.DataFrame) -> pl.DataFrame:
        """The late actors whose history alone is a flood."""
        known = self.past.counts(late)
        return known.filter(pl.col("events") > self.plan.actor_events).select(self.kind.key)


def given(plan: Plan, kind: Kind) -> dict[str, Any]:
    """What the job is told beside its frames."""
    return {
        "kind": kind,
        "rules": plan.rules,
        "hours": plan.hours,
        "grace": plan.grace,
        "settled": plan.settled,
    }


def with_start(actors: pl.DataFrame, index: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The actors with the oldest start of their own sessions: what is a flood must not depend on the others in the bucket."""
    starts = index.group_by(kind.key).agg(pl.col("start").min())
    return actors.join(starts, on=kind.key, how="inner")


def _superseded(sessions: pl.DataFrame, output: Output) -> Iterator[Superseded]:
    again = sessions.filter(pl.col(output.emits) & pl.col(output.supersedes).is_not_null())
    for account, hour, before in again.select("accountId", "hour", output.supersedes).iter_rows():
        yield account, output.data_type, hour, before
