"""The job: events in, closed sessions out. Pure: frames in, frames out, no clock, no files.

It handles the hours `[first_hour, end_hour)` of one data type, for any number of accounts, with all events of an
actor (account and `kind.actor`) in the same call. Several hours in one call give what a call for each hour gives.

Frames that it takes
  new       events received in these hours. `kind.columns`, in any order of rows and columns. An event belongs to the
            hour of its `receivedAt`; one received earlier (its segment was sealed late) to the first hour.
  carried   `Outcome.carried` of the run before (or empty): events of open sessions. `kind.columns`.
  index     `Outcome.index` of the runs before, any number of versions of a line, the newest `updated` counts. Needed are
            the lines whose `last` is not before the oldest timestamp in `new` less the longest maximum: in an hourly run
            those of the last 72 h (late limit) + maximum; more where old events are imported. Lines of actors that
            have no event in `new` are ignored.
  recalled  all events ever received *before* these hours, as compacted, of the actors that `late_actors` names (more
            do no harm). `kind.columns`. Needed from the oldest `start` of their lines in `index` on.
  rules     of every account that has an event in `new` or `carried`.

Frames that it gives: see `Outcome`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.boundaries import numbered
from trunkline.pipeline.sessions.closing import session_table
from trunkline.pipeline.sessions.duplicates import first_received
from trunkline.pipeline.sessions.holding import with_held_values
from trunkline.pipeline.sessions.identity import with_identity
from trunkline.pipeline.sessions.index import index_lines
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.order import in_order
from trunkline.pipeline.sessions.preparing import prepared, taken_in
from trunkline.pipeline.sessions.watermarks import watermark


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a call gives. Kept for the next one: `carried` (replaces the older), `index` (is added to the older)."""

    sessions: pl.DataFrame
    """A line for each session to be published: session (UInt32, counts from 0 in this frame), accountId, actor column, id
    (String, as published), key (Int64, tells the sessions of an actor apart), hour (Int64, start of the hour in whose
    file it goes), start (Int64, ms), end (Int64, null where nobody knows), reason (end, superseded, inactivity,
    maximum), supersedes (Int64: start of the hour whose file holds the emission before; null: none)."""
    rows: pl.DataFrame
    """Their events, without heartbeats: session (its line above), `kind.columns`, and the columns that `kind.rows` needs.
    Sorted by session, within it in the order of the record. `rows.select(**kind.rows)` is what is published."""
    carried: pl.DataFrame
    """Events of the sessions that are still open. `kind.columns`."""
    index: pl.DataFrame
    """Lines that are new or have changed; unique by account, actor and `key`, newest by `updated`: see `index.py`."""
    dead: pl.DataFrame
    """Events for the dead letters: `kind.columns` and reason (conflicting_duplicate, late_dropped)."""
    counts: Mapping[str, int]
    """events (taken in), duplicates (dropped in silence), conflicts, late, late_dropped, sessions, reemitted, open
    (events carried)."""


def late_actors(
    new: pl.DataFrame,
    index: pl.DataFrame,
    kind: Kind,
    rules: Mapping[str, SessionRules],
    hours: tuple[int, int],
    grace: int,
) -> pl.DataFrame:
    """The actors (accountId and actor column) whose older events `sessions` needs as `recalled`; usually none."""
    return new.select(kind.key).clear()


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
) -> Outcome:
    """Settle the hours `[first_hour, end_hour)` (epoch ms): see the head of this module. `grace` in ms.

    Raises `KeyError` where an account has no rules.
    """
    first_hour, end_hour = hours
    arrivals = taken_in(new, first_hour)
    before = carried.with_columns(arrived=pl.lit(first_hour - HOUR_MS))
    rows = prepared(pl.concat([before.select(arrivals.columns), arrivals]), kind, rules)
    return _settled(rows, kind, hours, grace)


def _settled(rows: pl.DataFrame, kind: Kind, hours: tuple[int, int], grace: int) -> Outcome:
    first_hour, end_hour = hours
    rows, same, conflicting = first_received(rows, kind)
    taken = rows.filter(pl.col("arrived") >= first_hour).height + same.height + conflicting.height
    rows = in_order(rows, kind, kind.key).drop("row")
    rows, outside = numbered(rows, kind)
    table = session_table(rows, kind, grace)
    table = table.with_columns(hour=pl.max_horizontal("hour", pl.lit(first_hour)))
    is_closed = table["hour"] < end_hour
    closed = with_identity(table.filter(is_closed), kind)
    closing = is_closed.gather(rows["session"])
    emitted = rows.filter(closing)
    open_rows = rows.filter(~closing)
    waiting = outside.filter(pl.col("timestamp") >= watermark(end_hour - HOUR_MS, grace))
    carried = pl.concat([open_rows.select(*kind.columns), waiting.select(*kind.columns)])
    renumber = (is_closed.cast(pl.UInt32).cum_sum() - 1).gather(emitted["session"])
    emitted = emitted.with_columns(session=renumber).filter(~pl.col("beats"))
    return Outcome(
        sessions=closed.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("session"),
            *kind.key,
            *("id", "key", "hour", "start", "end", "reason"),
            supersedes=pl.lit(None, dtype=pl.Int64),
        ),
        rows=with_held_values(emitted, kind).select("session", *kind.columns, *kind.held, *kind.before),
        carried=carried,
        index=index_lines(closed, rows.filter(closing).with_columns(session=renumber), kind, pl.col("hour")),
        dead=conflicting.select(*kind.columns, reason=pl.lit("conflicting_duplicate")),
        counts={
            "events": taken,
            "duplicates": same.height,
            "conflicts": conflicting.height,
            "late": 0,
            "late_dropped": 0,
            "sessions": closed.height,
            "reemitted": 0,
            "open": carried.height,
        },
    )
