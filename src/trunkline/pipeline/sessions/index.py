"""The index of published sessions: what a late event has to be compared with."""

import polars as pl

from trunkline.pipeline.sessions.identity import fingerprint, with_identity
from trunkline.pipeline.sessions.kinds import Kind


def index_schema(kind: Kind) -> dict[str, pl.DataType]:
    """A line is a published session, or (`id` null) a dead letter that must not come back when its time is recalled.

    key      tells the lines of an actor apart
    start    first event, ms; last: last event or heartbeat, ms; end: as published
    started  the session was opened by a start marker; ended: closed by an end marker
    edges    ids of the events in its first and in its last millisecond: all between them are in the session
    hour …   for each data type: start of the hour whose file holds the last emission; null: none
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
        **{output.hour: pl.Int64() for output in kind.outputs},
        "updated": pl.Int64(),
    }


def index_lines(table: pl.DataFrame, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The lines of the sessions in `table`, made of their `rows` (heartbeats too; `session` counts the lines)."""
    start, last = (table[name].gather(rows["session"]) for name in ("start", "last"))
    at_edge = (rows["timestamp"] == start) | (rows["timestamp"] == last)
    edges = rows.filter(at_edge).group_by("session", maintain_order=True).agg(edges="eventId")
    emitted = {
        output.hour: pl.when(output.emits).then("hour").otherwise(output.supersedes)
        for output in kind.outputs
    }
    lines = with_identity(table, kind).with_columns(edges["edges"], updated="hour", **emitted)
    return lines.select(*index_schema(kind))


def dead_lines(dead: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The lines of dead letters, events with `reason` and `arrived`."""
    return dead.select(
        *kind.key,
        key=fingerprint(dead, kind),
        id=pl.lit(None, dtype=pl.String),
        start="timestamp",
        last="timestamp",
        end=pl.lit(None, dtype=pl.Int64),
        reason="reason",
        started=pl.lit(False),
        ended=pl.lit(False),
        edges=pl.concat_list("eventId"),
        updated="arrived",
        **{output.hour: pl.lit(None, dtype=pl.Int64) for output in kind.outputs},
    ).select(*index_schema(kind))


def numbered_lines(index: pl.DataFrame, actors: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The newest version of each line of the actors, in the order of their time, counted by `line`.

    With `until`, the last millisecond that is inside: a session cut at its maximum reaches beyond its last event. And
    with `wall` and what `grew` names as settling wants them, as if nothing had changed.
    """
    lines = index.join(actors, on=kind.key, how="semi").sort("updated")
    lines = lines.unique([*kind.key, "key"], keep="last")
    lines = lines.sort(*kind.key, "start", "last", pl.col("edges").list.first())
    cut = pl.col("reason") == "maximum"
    return lines.with_row_index("line").with_columns(
        pl.col("line").cast(pl.Int64),
        until=pl.when(cut).then(pl.col("end") - 1).otherwise("last"),
        wall=pl.lit(True),
        **dict.fromkeys(grew(kind), pl.lit(False)),
    )


def no_lines(kind: Kind) -> pl.DataFrame:
    """What `numbered_lines` gives where nothing was published."""
    schema = {
        "line": pl.Int64(),
        **index_schema(kind),
        "until": pl.Int64(),
        "wall": pl.Boolean(),
        **dict.fromkeys(grew(kind), pl.Boolean()),
    }
    return pl.DataFrame(schema=schema)


def grew(kind: Kind) -> dict[str, pl.Expr]:
    """Columns of lines that tell whether an event was added, and whether one that stands in the records of a data type was;
    with the condition on the event."""
    by_type = {f"grew {output.data_type}": pl.col("type").is_in(output.types) for output in kind.outputs}
    return {"grew": ~pl.col("beats"), **by_type}


def near_actors(late: pl.DataFrame, index: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The actors of which a late event may be near a published session: no further than the inactivity."""
    spans = late.group_by(kind.key).agg(
        pl.col("timestamp").min().alias("from"),
        pl.col("timestamp").max().alias("to"),
        reach=pl.col("inactivity").first(),
    )
    near = (pl.max_horizontal("last", "end") >= pl.col("from") - pl.col("reach")) & (
        pl.col("start") <= pl.col("to") + pl.col("reach")
    )
    published = index.filter(pl.col("id").is_not_null())
    return published.join(spans, on=kind.key).filter(near).select(kind.key).unique().sort(kind.key)


def outermost(late: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Of each actor the first and the last of its late events: `near_actors` finds the same actors by these alone."""
    ordered = late.sort("timestamp", maintain_order=True)
    return pl.concat([ordered.unique(kind.key, keep=end, maintain_order=True) for end in ("first", "last")])
