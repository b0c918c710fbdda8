"""The order of an actor's events: by time; in one millisecond start markers, then the others, then end markers."""

import polars as pl

_ORDINARY, _END, _NEXT_START = 1, 2, 3


def in_order(rows: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    """Sorted by `within` (columns that hold the actor), time, rank and event id.

    A log-out and a log-in in one millisecond: the log-out closes the old session, the log-in opens the next one. Only
    there a start marker comes last.
    """
    rank = pl.when("opens").then(0).when("ends").then(_END).otherwise(_ORDINARY).cast(pl.Int8)
    instant = [*within, "timestamp"]
    ends = rows.filter("ends").select(instant)
    ties = rows.filter("opens").select(*instant, "row").join(ends, on=instant, how="semi", nulls_equal=True)
    if ties.height:
        rank = pl.when(pl.col("row").is_in(ties["row"].implode())).then(_NEXT_START).otherwise(rank)
    return rows.sort([*(pl.col(name) for name in instant), rank, pl.col("eventId")], maintain_order=True)
