"""From rows in order to sessions: number them, see what closed, publish that, carry the rest."""

from dataclasses import dataclass

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.sessions.boundaries import numbered
from trunkline.pipeline.sessions.closing import session_table
from trunkline.pipeline.sessions.holding import with_held_values
from trunkline.pipeline.sessions.identity import with_identity
from trunkline.pipeline.sessions.index import index_lines
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.watermarks import watermark


@dataclass(frozen=True)
class Settled:
    """The frames of an `Outcome` that are about sessions."""

    sessions: pl.DataFrame
    rows: pl.DataFrame
    carried: pl.DataFrame
    index: pl.DataFrame


def settle(
    rows: pl.DataFrame, lines: pl.DataFrame, kind: Kind, hours: tuple[int, int], grace: int
) -> Settled:
    """What becomes of rows that are in order and free of duplicates.

    `lines` are published sessions: index lines with `line`, the `pin` of their rows; `wall`: their one row only marks
    the place; `grew`: an event was added. Those that are no walls are published again where their record changed.
    """
    rows, outside = numbered(rows, kind)
    table = _with_fate(session_table(rows, kind, grace), lines, hours)
    closed = _chosen(table, rows, "published")
    indexed = _chosen(table, rows.select("session", "timestamp", "eventId"), "indexed")
    still_open = ~table["closed"].gather(rows["session"])
    # A heartbeat outside may turn out to lie inside as long as an event before it can still arrive in time.
    waiting = outside.filter(pl.col("timestamp") >= watermark(hours[1] - HOUR_MS, grace))
    return Settled(
        sessions=_sessions(closed[0], kind),
        rows=_rows(closed[1], kind),
        carried=pl.concat([part.select(*kind.columns) for part in (rows.filter(still_open), waiting)]),
        index=index_lines(*indexed, kind),
    )


def _with_fate(table: pl.DataFrame, lines: pl.DataFrame, hours: tuple[int, int]) -> pl.DataFrame:
    now, end_hour = pl.lit(hours[0], dtype=pl.Int64), hours[1]
    known = lines.select(
        *("wall", "grew"), pin="line", known_key="key", known_id="id", known_end="end", supersedes="hour"
    )
    pinned = pl.col("pin").is_not_null()
    changed = pl.col("grew") | pl.col("end").ne_missing(pl.col("known_end"))
    return (
        table.join(known, on="pin", how="left", maintain_order="left")
        .with_columns(hour=pl.when(pinned).then(now).otherwise(pl.max_horizontal("hour", now)))
        .with_columns(closed=pinned | (pl.col("hour") < end_hour))
        .with_columns(indexed=pl.col("closed") & ~pl.col("wall").fill_null(False))
        .with_columns(published=pl.col("indexed") & (~pinned | changed))
    )


def _chosen(table: pl.DataFrame, rows: pl.DataFrame, fate: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sessions with this fate and their rows, numbered anew."""
    chosen = table[fate]
    number = chosen.cast(pl.UInt32).cum_sum() - 1
    rows = rows.filter(chosen.gather(rows["session"]))
    return table.filter(chosen), rows.with_columns(session=number.gather(rows["session"]))


def _sessions(closed: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    return with_identity(closed, kind).select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("session"),
        *kind.key,
        *("id", "key", "hour", "start", "end", "reason", "supersedes"),
    )


def _rows(closed: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    rows = with_held_values(closed.filter(~pl.col("beats")), kind)
    return rows.select("session", *kind.columns, *kind.held, *kind.before)
