"""Which of an actor's older events are in which published session."""

import polars as pl

from trunkline.pipeline.sessions.duplicates import first_received
from trunkline.pipeline.sessions.identity import fingerprint
from trunkline.pipeline.sessions.kinds import Kind


def members(history: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The events of the published sessions `lines`, with `pin`, their line. `history` may hold them more than once."""
    inside = pl.concat([_between(history, lines, kind), _at_edges(history, lines, kind)])
    alive = _without_dead(inside, lines.filter(pl.col("id").is_null()), kind)
    return first_received(alive, kind, [*kind.key, "eventId", "timestamp"])[0]


def next_line(events: pl.DataFrame, lines: pl.DataFrame, kind: Kind, search: str) -> pl.DataFrame:
    """The events with the columns of the first session of their actor that lasts until `search` or longer."""
    # Where several last until the same millisecond, the first is meant.
    ends = lines.filter(pl.col("id").is_not_null()).unique(
        [*kind.key, "last"], keep="first", maintain_order=True
    )
    found = ends.select(
        *kind.key, "line", "until", line_start="start", line_last="last", line_started="started"
    ).sort("until")
    return events.sort(search).join_asof(
        found,
        left_on=search,
        right_on="until",
        by=kind.key,
        strategy="forward",
        coalesce=False,
        check_sortedness=False,
    )


def _between(history: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    within = pl.col("timestamp").is_between("line_start", "line_last", closed="none")
    found = next_line(history, lines, kind, "timestamp").filter(within)
    return found.with_columns(pin="line").select(history.columns)


def _at_edges(history: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    edges = lines.filter(pl.col("id").is_not_null()).explode("edges")
    edges = edges.select(*kind.key, "line", eventId="edges", line_start="start", line_last="last")
    at_edge = (pl.col("timestamp") == pl.col("line_start")) | (pl.col("timestamp") == pl.col("line_last"))
    found = history.join(edges, on=[*kind.key, "eventId"], how="inner").filter(at_edge)
    return found.with_columns(pin="line").select(history.columns)


def _without_dead(rows: pl.DataFrame, dead: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    if not dead.height:
        return rows
    identity = [*kind.key, "eventId", "timestamp"]
    marks = dead.select(*kind.key, "key", eventId=pl.col("edges").list.first(), timestamp="start")
    suspects = rows.join(marks, on=identity, how="semi")
    suspects = suspects.with_columns(fingerprint(suspects, kind))
    found = suspects.join(marks, on=[*identity, "key"], how="semi")["row"]
    return rows.filter(~pl.col("row").is_in(found.implode()))
