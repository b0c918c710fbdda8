"""The job: events in, closed sessions out. Pure: frames in, frames out, no clock, no files.

It handles the hours `[first_hour, end_hour)` of one data type, for any number of accounts, with all events of an
actor (account and `kind.actor`) in the same call. Several hours in one call give what a call for each hour gives.

Frames that it takes
  new       events received in these hours. `kind.columns`, in any order of rows and columns. An event belongs to the
            hour of its `receivedAt`; one received earlier (its segment was sealed late) to the first hour.
  carried   `Outcome.carried` of the run before (or empty): events of open sessions. `kind.columns`.
  index     `Outcome.index` of the runs before, any number of versions of a line, the newest `updated` counts. Needed are
            the lines whose `last` is not before the oldest timestamp in `new` less the longest inactivity and the
            longest maximum: in an hourly run those of the last 72 h (late limit) and these two; more where old events
            are imported. Lines of actors that have no event in `new` are ignored.
  recalled  all events ever received *before* these hours, as compacted, of the actors that `late_actors` names (more
            do no harm). `kind.columns`. Needed from the oldest `start` of their lines in `index` on.
  rules     of every account that has an event in `new` or `carried`.
  settled   the watermark of the run before. Needed only when `grace` was longer or shorter then: what was published
            up to there stays, also if the longer grace of today would have waited.

Frames that it gives: see `Outcome`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.amending import amended
from trunkline.pipeline.sessions.duplicates import first_received
from trunkline.pipeline.sessions.index import dead_lines, near_actors, no_lines, numbered_lines
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.order import in_order
from trunkline.pipeline.sessions.outcome import Outcome, joined
from trunkline.pipeline.sessions.preparing import Hours, known_before, prepared, taken_in, within
from trunkline.pipeline.sessions.recall import members
from trunkline.pipeline.sessions.settling import Settled, settle
from trunkline.pipeline.sessions.tallies import tallied


def late_actors(
    new: pl.DataFrame,
    index: pl.DataFrame,
    *,
    kind: Kind,
    rules: Mapping[str, SessionRules],
    hours: tuple[int, int],
    grace: int,
    settled: int | None = None,
) -> pl.DataFrame:
    """The actors (accountId and actor column) whose older events `sessions` needs as `recalled`; usually none."""
    arrivals = taken_in(new, hours[0], grace, settled)
    late = within(arrivals.filter("late"), hours, kind)
    return near_actors(prepared(late, kind, rules), index, kind)


def sessions(
    new: pl.DataFrame,
    carried: pl.DataFrame,
    index: pl.DataFrame,
    recalled: pl.DataFrame,
    *,
    kind: Kind,
    rules: Mapping[str, SessionRules],
    hours: tuple[int, int],
    grace: int,
    settled: int | None = None,
) -> Outcome:
    """Settle the hours `[first_hour, end_hour)` (epoch ms): see the head of this module. `grace` in ms.

    Raises `KeyError` where an account has no rules.
    """
    job = _Job(kind, rules, grace)
    first_hour, end_hour = hours
    arrivals = taken_in(new, first_hour, grace, settled).select(*kind.columns, "arrived", "late")
    rows = job.prepared(carried, arrivals, hours)
    if end_hour - first_hour == HOUR_MS:
        return job.one_hour(rows, index, recalled, hours)
    delicate = _delicate(rows, kind)
    if not delicate.height:
        return job.on_time(rows)
    outcome = job.on_time(rows.join(delicate, on=kind.key, how="anti"))
    theirs = [frame.join(delicate, on=kind.key, how="semi") for frame in (arrivals, carried, index, recalled)]
    return joined([outcome, job.step_by_step(theirs, _steps(hours, delicate, kind))])


def _delicate(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Actors and hours (`arrived`) in which it matters what was published when an event arrived."""
    late = rows.filter("late")
    # An id sent again in a later hour with another time: whether the first one was still open then decides.
    seen = rows.filter(pl.col("eventId").hash().is_duplicated())
    differ = [(pl.col(name).n_unique() > 1) for name in ("timestamp", "arrived")]
    reused = seen.filter(pl.all_horizontal(differ).over(*kind.key, "eventId"))
    return pl.concat([part.select(*kind.key, "arrived") for part in (late, reused)]).unique()


def _steps(hours: tuple[int, int], delicate: pl.DataFrame, kind: Kind) -> Iterator[pl.DataFrame]:
    """The hours of each actor in steps: by turns those until its next delicate hour, and that hour alone; in the end, of all
    actors, those that are left.

    Each actor goes its own way, so that there are as many steps as the busiest of them needs, however many hours there are.
    """
    first_hour, end_hour = hours
    own = delicate.filter(pl.col("arrived") >= first_hour).sort(*kind.key, "arrived")
    own = own.with_columns(
        turn=pl.int_range(pl.len()).over(kind.key),
        since=pl.col("arrived").shift(1).over(kind.key) + HOUR_MS,
    ).with_columns(pl.col("since").fill_null(first_hour))
    for _turn, now in own.sort("turn").group_by("turn", maintain_order=True):
        quiet = now.filter(pl.col("since") < pl.col("arrived"))
        if quiet.height:
            yield quiet.select(*kind.key, from_hour="since", to_hour="arrived")
        yield now.select(*kind.key, from_hour="arrived", to_hour=pl.col("arrived") + HOUR_MS)
    actors = delicate.select(kind.key).unique().sort(kind.key)
    last = own.group_by(kind.key).agg(from_hour=pl.col("arrived").max() + HOUR_MS)
    yield actors.join(last, on=kind.key, how="left").select(
        *kind.key,
        pl.col("from_hour").fill_null(first_hour),
        to_hour=pl.lit(end_hour, dtype=pl.Int64),
    )


@dataclass(frozen=True)
class _Job:
    """What stays the same in all steps of a call."""

    kind: Kind
    rules: Mapping[str, SessionRules]
    grace: int

    def prepared(self, carried: pl.DataFrame, arrivals: pl.DataFrame, hours: Hours) -> pl.DataFrame:
        known = known_before(within(carried.select(*self.kind.columns), hours, self.kind))
        arrived = within(arrivals, hours, self.kind).select(known.columns)
        return prepared(pl.concat([known, arrived]), self.kind, self.rules)

    def step_by_step(self, frames: list[pl.DataFrame], steps: Iterator[pl.DataFrame]) -> Outcome:
        """Step after step, each with what those before it left."""
        arrivals, carried, index, recalled = frames
        history = [recalled.select(*self.kind.columns), carried.select(*self.kind.columns)]
        outcomes: list[Outcome] = []
        for hours in steps:
            arrived = self._arriving(arrivals, hours)
            rows = self.prepared(carried, arrived, hours)
            # Where hours are quiet nothing is late.
            outcomes.append(self.one_hour(rows, index, pl.concat(history), hours))
            others = carried.join(hours, on=self.kind.key, how="anti")
            carried = pl.concat([others, outcomes[-1].carried])
            index = pl.concat([index, outcomes[-1].index])
            history.append(arrived.select(*self.kind.columns))
        return joined(outcomes, carried)

    def _arriving(self, arrivals: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
        then = pl.col("arrived").is_between("from_hour", "to_hour", closed="left")
        return within(arrivals, hours, self.kind).filter(then).drop("from_hour", "to_hour")

    def one_hour(
        self, rows: pl.DataFrame, index: pl.DataFrame, history: pl.DataFrame, hours: Hours
    ) -> Outcome:
        """One hour of any actors, of each its own."""
        near = near_actors(rows.filter("late"), index, self.kind)
        if not near.height:
            return self.on_time(rows)
        outcome = self.on_time(rows.join(near, on=self.kind.key, how="anti"))
        rows, history = (part.join(near, on=self.kind.key, how="semi") for part in (rows, history))
        older = within(history, hours, self.kind)
        return joined([outcome, self.amended(rows, numbered_lines(index, near, self.kind), older)])

    def on_time(self, rows: pl.DataFrame) -> Outcome:
        """Any number of hours of actors of whom nothing is published that their events could touch."""
        kept, same, conflicting = first_received(rows, self.kind, [*self.kind.key, "eventId"])
        ordered = in_order(kept, self.kind.key).drop("row")
        result = settle(ordered, no_lines(self.kind), self.kind, self.rules, self.grace)
        return self._outcome(rows, result, same, {"conflicting_duplicate": conflicting})

    def amended(self, rows: pl.DataFrame, lines: pl.DataFrame, history: pl.DataFrame) -> Outcome:
        """One hour of actors that have late events near published sessions."""
        older = prepared(known_before(history), self.kind, self.rules)
        published = members(older, lines, self.kind)
        result = amended(rows, published, lines, self.kind)
        dead = {"conflicting_duplicate": result.conflicting, "late_dropped": result.dropped}
        after = settle(result.rows, result.lines, self.kind, self.rules, self.grace)
        return self._outcome(rows, after, result.repeated, dead)

    def _outcome(
        self,
        rows: pl.DataFrame,
        result: Settled,
        duplicates: pl.DataFrame,
        dead: Mapping[str, pl.DataFrame],
    ) -> Outcome:
        letters = pl.concat(
            [
                events.select(*self.kind.columns, "arrived", reason=pl.lit(reason))
                for reason, events in dead.items()
            ]
        )
        return Outcome(
            sessions=result.sessions,
            rows=result.rows,
            before=result.before,
            rows_before=result.rows_before,
            carried=result.carried,
            index=pl.concat([result.index, dead_lines(letters, self.kind)]),
            dead=letters.drop("arrived"),
            tallies=tallied(
                {
                    "events": rows.filter(pl.col("arrived") >= pl.col("from_hour")),
                    "late": rows.filter("late"),
                    "duplicates": duplicates,
                    "conflicts": letters.filter(pl.col("reason") == "conflicting_duplicate"),
                    "late_dropped": letters.filter(pl.col("reason") == "late_dropped"),
                    "open": result.carried,
                    "open_sessions": result.still_open,
                }
            ),
        )
