"""When and why sessions close.

A session closes for one of four reasons, at the first of these instants:
  end         its end marker
  superseded  the next start marker of its actor; it ended with its last event
  inactivity  its last event and the inactivity after it; when it really ended nobody knows
  maximum     its start and the maximum length, exactly
It is closed for a watermark that lies beyond the instant.
"""

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.watermarks import hour_closing

_REASONS = ["end", "superseded", "inactivity", "maximum"]
"""The first in this order where two instants are equal."""


def session_table(rows: pl.DataFrame, kind: Kind, grace: int) -> pl.DataFrame:
    """One line for each session of `numbered` rows, in their order, with `reason`, `end` and the `hour` that closes it.

    `last` is the time of its last row, `told` that of the last one which is no heartbeat.
    """
    begins = rows.filter("first").select(
        *kind.key,
        *("session", "pin", "inactivity", "maximum", "eventId", "sessionId", "from_hour", "to_hour"),
        started="opens",
        start="timestamp",
    )
    # No session begins with a heartbeat.
    told = pl.when(~pl.col("beats")).then("timestamp").forward_fill()
    closes = rows.select("first", told=told, last="timestamp", ended="ends")
    closes = closes.filter(pl.col("first").shift(-1, fill_value=True)).drop("first")
    table = pl.concat([begins, closes], how="horizontal").with_columns(**_instants(kind))
    instants = [f"by {reason}" for reason in _REASONS]
    earliest = pl.min_horizontal(instants)
    reason = pl.coalesce(pl.when(pl.col(f"by {name}") == earliest).then(pl.lit(name)) for name in _REASONS)
    table = table.with_columns(reason=reason, hour=hour_closing(earliest, grace)).drop(instants)
    return table.with_columns(end=_end())


def _instants(kind: Kind) -> dict[str, pl.Expr]:
    same_actor = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in kind.key)
    # A published session (pinned) is fixed: whatever was open before it gives way.
    next_takes_over = same_actor & (pl.col("started") | pl.col("pin").is_not_null()).shift(-1)
    return {
        "by end": pl.when("ended").then("last"),
        "by superseded": pl.when(next_takes_over).then(pl.col("start").shift(-1)),
        "by inactivity": pl.col("last") + pl.col("inactivity"),
        # Beyond all others a session closes *after* its instant, here *at* start + maximum.
        "by maximum": pl.col("start") + pl.col("maximum") - 1,
    }


def _end() -> pl.Expr:
    return (
        pl.when(pl.col("reason").is_in(["end", "superseded"]))
        .then("last")
        .when(pl.col("reason") == "maximum")
        .then(pl.col("start") + pl.col("maximum"))
    )
