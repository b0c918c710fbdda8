"""From rows in order to sessions: number them, see what closed, publish that, carry the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.boundaries import numbered
from trunkline.pipeline.sessions.closing import session_table
from trunkline.pipeline.sessions.holding import with_held_values
from trunkline.pipeline.sessions.identity import with_identity
from trunkline.pipeline.sessions.index import grew, index_lines
from trunkline.pipeline.sessions.kinds import NULL_END, Kind, Output
from trunkline.pipeline.sessions.watermarks import watermark


@dataclass(frozen=True)
class Settled:
    """The frames of an `Outcome` that are about sessions."""

    sessions: pl.DataFrame
    rows: pl.DataFrame
    before: pl.DataFrame
    rows_before: pl.DataFrame
    carried: pl.DataFrame
    index: pl.DataFrame
    still_open: pl.DataFrame
    """A line for each session that goes on."""


def settle(
    rows: pl.DataFrame,
    lines: pl.DataFrame,
    kind: Kind,
    rules: Mapping[str, SessionRules],
    grace: int,
) -> Settled:
    """What becomes of rows that are in order and free of duplicates.

    `lines` are published sessions: index lines with `line`, the `pin` of their rows; `wall`: their one row only marks
    the place; `grew …`: an event was added. Those that are no walls are published again in the data types whose record changed.
    """
    rows, outside = numbered(rows, kind)
    table = _with_records(session_table(rows, kind, grace), rows, kind)
    table = _with_fate(table, lines, kind, rules)
    closed = _chosen(table, rows, "published")
    before = _before(*closed)
    indexed = _chosen(table, rows.select("session", "timestamp", "eventId"), "indexed")
    still_open = ~table["closed"].gather(rows["session"])
    # A heartbeat outside may turn out to lie inside as long as an event before it can still arrive in time.
    waiting = outside.filter(pl.col("timestamp") >= watermark(pl.col("to_hour") - HOUR_MS, grace))
    return Settled(
        sessions=_sessions(closed[0], kind),
        rows=_rows(closed[1], kind),
        before=_sessions(before[0], kind),
        rows_before=_rows(before[1], kind),
        carried=pl.concat([part.select(*kind.columns) for part in (rows.filter(still_open), waiting)]),
        index=index_lines(*indexed, kind),
        still_open=table.filter(~pl.col("closed")),
    )


def _with_records(table: pl.DataFrame, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The table with, for each data type, whether the session has a record in it."""
    has = {f"has {output.data_type}": pl.col("type").is_in(output.types).any() for output in kind.outputs}
    if len(kind.outputs) == 1:
        # Whatever is no heartbeat stands in the only record, and there is no session of heartbeats.
        return table.with_columns(**dict.fromkeys(has, pl.lit(True)))
    return table.with_columns(rows.group_by("session", maintain_order=True).agg(**has).drop("session"))


def _with_fate(
    table: pl.DataFrame,
    lines: pl.DataFrame,
    kind: Kind,
    rules: Mapping[str, SessionRules],
) -> pl.DataFrame:
    now = pl.col("from_hour")
    known = lines.select(
        *("wall", *grew(kind)),
        *(pl.col(output.hour).alias(output.supersedes) for output in kind.outputs),
        pin="line",
        **{f"known_{name}": pl.col(name) for name in ("key", "id", "start", "last", "end")},
    )
    pinned = pl.col("pin").is_not_null()
    emits = {output.emits: _emits(output, rules) for output in kind.outputs}
    return (
        table.join(known, on="pin", how="left", maintain_order="left")
        .with_columns(hour=pl.when(pinned).then(now).otherwise(pl.max_horizontal("hour", now)))
        .with_columns(closed=pinned | (pl.col("hour") < pl.col("to_hour")))
        .with_columns(indexed=pl.col("closed") & ~pl.col("wall").fill_null(False))
        .with_columns(**emits)
        .with_columns(published=pl.any_horizontal(list(emits)))
    )


def _emits(output: Output, rules: Mapping[str, SessionRules]) -> pl.Expr:
    """Switched on, closed, and its record of this data type is new or has changed."""
    versions = {name: its.versions.get(output.data_type) for name, its in rules.items()}
    on = [account for account, version in versions.items() if version]
    telling = [account for account in on if versions[account] not in NULL_END]
    changed = (
        pl.col("pin").is_null()
        | pl.col(f"grew {output.data_type}")
        | _moved(pl.col("accountId").is_in(telling))
    )
    return pl.col("accountId").is_in(on) & pl.col("indexed") & pl.col(f"has {output.data_type}") & changed


def _moved(tells_last: pl.Expr) -> pl.Expr:
    """Start or end are other than published. Every record tells them; from some version on (`tells_last`) also the time of the
    last event, where nobody knows the end."""
    # Where nothing but heartbeats was added, the last event that is none stayed the same.
    known_told = pl.when("grew").then("known_last").otherwise("told")
    end = pl.coalesce("end", pl.when(tells_last).then("told"))
    known_end = pl.coalesce("known_end", pl.when(tells_last).then(known_told))
    return pl.col("start").ne_missing(pl.col("known_start")) | end.ne_missing(known_end)


def _chosen(table: pl.DataFrame, rows: pl.DataFrame, fate: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sessions with this fate and their rows, numbered anew."""
    chosen = table[fate]
    number = chosen.cast(pl.UInt32).cum_sum() - 1
    rows = rows.filter(chosen.gather(rows["session"]))
    return table.filter(chosen), rows.with_columns(session=number.gather(rows["session"]))


def _before(table: pl.DataFrame, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Those that were published earlier, as they were: without the late events that have joined them now."""
    if table["pin"].null_count() == table.height:
        return table.clear(), rows.clear()
    table, rows = _chosen(table.with_columns(again=pl.col("pin").is_not_null()), rows, "again")
    return table.with_columns(start="known_start", end="known_end"), rows.filter(~pl.col("late"))


def _sessions(closed: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    return with_identity(closed, kind).select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("session"),
        *kind.key,
        *("id", "key", "hour", "start", "end", "reason"),
        *(name for output in kind.outputs for name in (output.emits, output.supersedes)),
    )


def _rows(closed: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    rows = with_held_values(closed.filter(~pl.col("beats")), kind)
    return rows.select("session", *kind.columns, *kind.held, *kind.before)
