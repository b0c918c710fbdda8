"""What a call of the job gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from trunkline.pipeline.sessions.tallies import added, in_sequence


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a call gives. Kept for the next one: `carried` (replaces the older), `index` (is added to the older)."""

    sessions: pl.DataFrame
    """A line for each session to be published: session (UInt32, counts from 0 in this frame), accountId, actor column, id
    (String, as published), key (Int64, tells the sessions of an actor apart), hour (Int64, start of the hour in whose
    file it goes), start (Int64, ms), end (Int64, null where nobody knows), reason (end, superseded, inactivity,
    maximum); and for each data type whether it is published there (`Output.emits`), and what that supersedes."""
    rows: pl.DataFrame
    """Their events, without heartbeats: session (its line above), `kind.columns`, `kind.held` and `kind.before`.
    Sorted by session, within it in the order of the record."""
    before: pl.DataFrame
    """Those of `sessions` that were published earlier, as they were until now: a record that came out equal is not new."""
    rows_before: pl.DataFrame
    """Their events, like `rows`."""
    carried: pl.DataFrame
    """Events of the sessions that are still open. `kind.columns`."""
    index: pl.DataFrame
    """Lines that are new or have changed; unique by account, actor and `key`, newest by `updated`: see `index.py`."""
    dead: pl.DataFrame
    """Events for the dead letters: `kind.columns` and reason (conflicting_duplicate, late_dropped)."""
    tallies: pl.DataFrame
    """What was counted, a line for each account: see `tallies.py`."""


def joined(outcomes: Sequence[Outcome], carried: pl.DataFrame | None = None) -> Outcome:
    """One outcome of several: of other actors, or of one hour after the other, which leave `carried` in the end."""
    open_events = pl.concat([outcome.carried for outcome in outcomes]) if carried is None else carried
    tallies = [outcome.tallies for outcome in outcomes]
    return Outcome(
        **_counted_on(outcomes, "sessions", "rows"),
        **_counted_on(outcomes, "before", "rows_before"),
        carried=open_events,
        index=pl.concat([outcome.index for outcome in outcomes]),
        dead=pl.concat([outcome.dead for outcome in outcomes]),
        tallies=added(tallies) if carried is None else in_sequence(tallies),
    )


def _counted_on(outcomes: Sequence[Outcome], *names: str) -> dict[str, pl.DataFrame]:
    """Sessions and their rows: these frames one below the other, their `session` counted on."""
    offsets = list(accumulate((getattr(outcome, names[0]).height for outcome in outcomes), initial=0))
    return {
        name: pl.concat(
            counted_from(getattr(outcome, name), offset)
            for outcome, offset in zip(outcomes, offsets, strict=False)
        )
        for name in names
    }


def counted_from(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """The frame with its `session` counted from another number on."""
    return frame.with_columns(session=(pl.col("session") + first).cast(pl.UInt32))
