"""The index of published sessions: what a late event has to be compared with."""

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind


def index_schema(kind: Kind) -> dict[str, pl.DataType]:
    """A line is a published session, or (`id` null) a dead letter that must not come back when its time is recalled.

    key      tells the lines of an actor apart
    start    first event, ms; last: last event or heartbeat, ms; end: as published
    started  the session was opened by a start marker; ended: closed by an end marker
    edges    ids of the events in its first and in its last millisecond: all between them are in the session
    hour     start of the hour whose file holds the last emission
    updated  start of the hour in which this version of the line was made
    """
    return {
        "accountId": pl.String(),
        kind.actor: kind.columns[kind.actor],
        "key": pl.Int64(),
        "id": pl.String(),
        "start": pl.Int64(),
        "last": pl.Int64(),
        "end": pl.Int64(),
        "reason": pl.String(),
        "started": pl.Boolean(),
        "ended": pl.Boolean(),
        "edges": pl.List(pl.String()),
        "hour": pl.Int64(),
        "updated": pl.Int64(),
    }


def newest(index: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """One line for each session: its newest version."""
    return index.sort("updated").unique([*kind.key, "key"], keep="last", maintain_order=True)


def index_lines(table: pl.DataFrame, rows: pl.DataFrame, kind: Kind, updated: pl.Expr) -> pl.DataFrame:
    """The lines of the sessions in `table`, made of their `rows` (heartbeats too; `session`: the line number)."""
    start, last = (table[name].gather(rows["session"]) for name in ("start", "last"))
    at_edge = (rows["timestamp"] == start) | (rows["timestamp"] == last)
    edges = rows.filter(at_edge).group_by("session", maintain_order=True).agg(edges="eventId")
    return table.with_columns(edges["edges"], updated=updated).select(*index_schema(kind))
