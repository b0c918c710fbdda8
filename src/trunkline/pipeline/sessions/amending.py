"""One hour of the actors that have late events near published sessions."""

from dataclasses import dataclass

import polars as pl

from trunkline.pipeline.sessions.duplicates import first_received
from trunkline.pipeline.sessions.index import grew
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.late import placed
from trunkline.pipeline.sessions.order import in_order


@dataclass(frozen=True)
class Amended:
    """What becomes of the events of one hour, before they are settled."""

    rows: pl.DataFrame
    """Free events, those of the sessions that change, and a wall for each session that does not: in order, pinned."""
    lines: pl.DataFrame
    """The published sessions with `wall` and `grew`, as settling wants them."""
    repeated: pl.DataFrame
    """Events that were in a session already."""
    conflicting: pl.DataFrame
    """Events with the id of another one and other content."""
    dropped: pl.DataFrame
    """Late events that would have changed a session of an account that does not want that."""


def amended(rows: pl.DataFrame, published: pl.DataFrame, lines: pl.DataFrame, kind: Kind) -> Amended:
    """Put late events where they belong.

    `rows` are prepared events, carried and newly arrived, `published` those of the sessions `lines`, pinned to them.
    """
    rows, again, other = _without_published(rows, published, lines, kind)
    rows, same, conflicting = first_received(rows, kind, [*kind.key, "eventId"])
    rows = placed(rows, lines, kind)
    unwanted = pl.col("pin").is_not_null() & pl.col("drop_late")
    dropped = rows.filter(unwanted & ~pl.col("beats"))
    rows = rows.filter(~unwanted)
    lines = _touched(lines, rows, kind)
    its_rows = published.filter(pl.col("pin").is_in(lines.filter(~pl.col("wall"))["line"].implode()))
    standing = [part.with_columns(place=2 * pl.col("pin") + 1) for part in (its_rows, _walls(lines, kind))]
    rows = pl.concat([rows, *standing], how="diagonal").drop("row").with_row_index("row")
    return Amended(
        rows=in_order(rows, [*kind.key, "place"]).drop("row", "place"),
        lines=lines,
        repeated=pl.concat([part.select("accountId") for part in (again, same)]),
        conflicting=pl.concat([other, conflicting]),
        dropped=dropped.drop("place"),
    )


def _without_published(
    rows: pl.DataFrame, published: pl.DataFrame, lines: pl.DataFrame, kind: Kind
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The rows without late ones that are published already; those with equal content; those with another.

    Only sessions within the inactivity of the event are asked.
    """
    identity = [*kind.key, "eventId"]
    late = rows.filter("late")
    spans = lines.select("line", line_start="start", line_last="last")
    known = published.join(late, on=identity, how="semi").join(spans, left_on="pin", right_on="line")
    known = known.select(*identity, "line_start", "line_last", known=kind.sent)
    again = late.join(known, on=identity)
    near = (pl.col("timestamp") - pl.col("line_last") <= pl.col("inactivity")) & (
        pl.col("line_start") - pl.col("timestamp") <= pl.col("inactivity")
    )
    again = again.filter(near).with_columns(same=kind.sent == pl.col("known"))
    same = again.filter("same")["row"].unique()
    other = again.filter(~pl.col("row").is_in(same.implode()))["row"].unique()
    is_same, is_other = (pl.col("row").is_in(found.implode()) for found in (same, other))
    return rows.filter(~is_same & ~is_other), rows.filter(is_same), rows.filter(is_other)


def _touched(lines: pl.DataFrame, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    joined = rows.filter(pl.col("pin").is_not_null())
    wall = ~pl.col("line").is_in(joined["pin"].unique().implode())
    return lines.with_columns(wall=wall, **{name: _in(joined, types) for name, types in grew(kind).items()})


def _in(joined: pl.DataFrame, types: pl.Expr) -> pl.Expr:
    return pl.col("line").is_in(joined.filter(types)["pin"].unique().implode())


def _walls(lines: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """A row for each published session that does not change: only its place counts and whether it was started."""
    return lines.filter(pl.col("wall") & pl.col("id").is_not_null()).select(
        *kind.key,
        timestamp="start",
        eventId=pl.lit(""),
        opens="started",
        ends="ended",
        beats=pl.lit(False),
        pin="line",
        inactivity=pl.lit(0, dtype=pl.Int64),
        maximum=pl.lit(1, dtype=pl.Int64),
    )
