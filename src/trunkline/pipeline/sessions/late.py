"""Late events and the published sessions, which are fixed.

A late event joins a published session of its actor
  if it lies inside it (one that was cut at its maximum reaches until there);
  else forwards, if it continues the session before it as an event in time would have: within the inactivity, before
       the maximum, no end marker before it, not a start marker itself;
  else backwards, if it leads to the session after it in the same way and that was not opened by a start marker.
Each event that joins extends the session for those that follow, but never beyond the next published session, so that
two of them neither merge nor overlap, and never past an event that is not late: a session that is still open stays
whole. In a millisecond that two sessions share an end marker belongs to the earlier, a start marker to the later one.
A marker inside a published session splits nothing. All others are free: the usual rules, with a cut wherever a
published session stands.
"""

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.order import in_order
from trunkline.pipeline.sessions.recall import next_line

_AFTER_ALL = 2**62
"""The place behind the last published session."""


def placed(free: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The rows with `pin`, the line of the session that they join (null: none), and `place`.

    Places put an actor's rows in order: line n stands at 2n + 1, the gap before it at 2n.
    """
    inside, outside = _inside(free, lines, kind)
    gaps = _gaps(lines, kind)
    rows = in_order(outside, [*kind.key, "place"]).join(
        gaps, on=[*kind.key, "place"], how="left", maintain_order="left"
    )
    rows = rows.with_columns(gap=pl.struct(*kind.key, "place").rle_id())
    rows = rows.with_columns(forwards=_joins_forwards())
    rows = rows.with_columns(backwards=_joins_backwards())
    rows = rows.with_columns(backwards=pl.col("backwards") & _behind_an_event())
    pin = pl.when("forwards").then("before_line").when("backwards").then("after_line")
    joined = rows.with_columns(pin=pin).with_columns(
        place=pl.when(pl.col("pin").is_not_null()).then(2 * pl.col("pin") + 1).otherwise("place")
    )
    return pl.concat([inside, joined.select(inside.columns)])


def _inside(free: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that lie in a published session, pinned to it; the others, in the place between two."""
    late = next_line(_searching(free.filter("late"), lines, kind), lines, kind, "search")
    ends_the_one_before = (
        pl.col("ends") & pl.col("line_started") & (pl.col("timestamp") == pl.col("line_start"))
    )
    is_inside = ((pl.col("timestamp") >= pl.col("line_start")) & ~ends_the_one_before).fill_null(False)
    inside = late.filter(is_inside).with_columns(pin="line", place=2 * pl.col("line") + 1)
    between = late.filter(~is_inside).with_columns(place=(2 * pl.col("line")).fill_null(_AFTER_ALL))
    # What is not late lies behind all that is published.
    rest = free.filter(~pl.col("late")).with_columns(place=pl.lit(_AFTER_ALL))
    columns = [*free.columns, "place"]
    return inside.select(columns), pl.concat([between.select(columns), rest.select(columns)])


def _searching(late: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """A start marker in the millisecond of an end marker is looked for behind the session that ended there."""
    instant = [*kind.key, "timestamp"]
    endings = lines.filter("ended").select(*kind.key, timestamp="last")
    behind = late.filter("opens").join(endings, on=instant, how="semi")["row"]
    return late.with_columns(
        search=pl.col("timestamp") + pl.col("row").is_in(behind.implode()).cast(pl.Int64)
    )


def _gaps(lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """A line for each place between published sessions, with the session before and the one after it."""
    lines = lines.filter(pl.col("id").is_not_null())
    before = {f"before_{name}": pl.col(name) for name in ("line", "start", "last", "ended")}
    after = {f"after_{name}": pl.col(name) for name in ("line", "start", "last", "started")}
    place = (2 * pl.col("line")).alias("place")
    shifted = {name: column.shift(1).over(kind.key) for name, column in before.items()}
    inner = lines.select(*kind.key, place, **shifted, **after)
    behind = lines.unique(kind.key, keep="last", maintain_order=True).select(
        *kind.key, pl.lit(_AFTER_ALL).alias("place"), **before
    )
    return pl.concat([inner, behind], how="diagonal")


def _joins_forwards() -> pl.Expr:
    ends_before = pl.col("ends").shift(1, fill_value=False).over("gap")
    event_before = pl.col("timestamp").shift(1).over("gap").fill_null(pl.col("before_last"))
    continues = (
        pl.col("late")
        & ~pl.col("opens")
        & ~pl.col("before_ended")
        & ~ends_before
        & (pl.col("timestamp") - event_before <= pl.col("inactivity"))
        & (pl.col("timestamp") - pl.col("before_start") < pl.col("maximum"))
    )
    return continues.fill_null(False).cast(pl.Int8).cum_min().over("gap").cast(pl.Boolean)


def _joins_backwards() -> pl.Expr:
    starts_after = pl.col("opens").shift(-1, fill_value=False).over("gap")
    event_after = pl.col("timestamp").shift(-1).over("gap").fill_null(pl.col("after_start"))
    leads = (
        ~pl.col("forwards")
        & ~pl.col("ends")
        & ~pl.col("after_started")
        & ~starts_after
        & (event_after - pl.col("timestamp") <= pl.col("inactivity"))
        & (pl.col("after_last") - pl.col("timestamp") < pl.col("maximum"))
    )
    return leads.fill_null(False).cast(pl.Int8).cum_min(reverse=True).over("gap").cast(pl.Boolean)


def _behind_an_event() -> pl.Expr:
    """A heartbeat does not become the first of a session."""
    event = pl.col("backwards") & ~pl.col("beats")
    return event.cast(pl.Int8).cum_max().over("gap").cast(pl.Boolean)
