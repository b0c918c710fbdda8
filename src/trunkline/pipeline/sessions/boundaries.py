"""Where one session ends and the next begins."""

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind


def numbered(rows: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows (in order) that belong to a session, with its number in `session`; and the heartbeats outside of any.

    Numbers count from 0 in the order of the rows. Rows that share a `pin` stay together whatever they are.
    """
    rows = rows.with_row_index("row").with_columns(first=_opens_session(kind))
    rows, outside = _without_heartbeats_outside(rows, kind)
    rows = rows.with_columns(session=_number())
    cut, beyond = _cuts(rows)
    if cut.len():
        rows = rows.with_columns(first=pl.col("first") | pl.col("row").is_in(cut.implode()))
    if beyond.len():
        beats = pl.col("row").is_in(beyond.implode())
        outside = pl.concat([outside, rows.filter(beats).drop("session")])
        rows = rows.filter(~beats)
    return rows.with_columns(session=_number()), outside


def _number() -> pl.Expr:
    return pl.col("first").cum_sum() - 1


def _opens_session(kind: Kind) -> pl.Expr:
    other_actor = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in kind.key)
    other_pin = pl.col("pin").ne_missing(pl.col("pin").shift(1))
    paused = pl.col("timestamp") - pl.col("timestamp").shift(1) > pl.col("inactivity")
    free = pl.col("pin").is_null()
    return other_actor | other_pin | (free & (pl.col("opens") | pl.col("ends").shift(1) | paused))


def _without_heartbeats_outside(rows: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Heartbeats that stand where a session would begin open none: the first other event does."""
    if not rows["beats"].any():
        return rows, rows.clear()
    begun = pl.when("first").then("row").forward_fill()
    event = pl.when(~pl.col("beats")).then("row").forward_fill()
    rows = rows.with_columns(inside=(event >= begun).fill_null(False))
    outside = rows.filter(~pl.col("inside")).drop("inside")
    # Why a heartbeat stood at a beginning (other actor, end before, pause) holds for the next event as well.
    return rows.filter("inside").drop("inside").with_columns(first=_opens_session(kind)), outside


def _cuts(rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Rows at which a session that is too long is cut; heartbeats that no longer belong to one."""
    start = pl.col("timestamp").first().over("session")
    cuts, beyond = [pl.Series(dtype=pl.UInt32)], [pl.Series(dtype=pl.UInt32)]
    rest = _too_long(rows).select("row", "session", "timestamp", "beats", "maximum", start=start)
    while rest.height:
        rest = rest.filter(pl.col("timestamp") - pl.col("start") >= pl.col("maximum"))
        opener = pl.col("row").filter(~pl.col("beats")).min().over("session")
        rest = rest.with_columns(opener=opener)
        after = pl.col("row") >= pl.col("opener")
        beyond.append(rest.filter(after.fill_null(False).not_())["row"])
        rest = rest.filter(after)
        cuts.append(rest["opener"].unique())
        rest = rest.with_columns(start=start)
    return pl.concat(cuts), pl.concat(beyond)


def _too_long(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the sessions, usually none, that last longer than they may."""
    begins = rows.filter("first")
    last = rows.filter(pl.col("first").shift(-1, fill_value=True))
    long = (last["timestamp"] - begins["timestamp"] >= begins["maximum"]) & begins["pin"].is_null()
    if not long.any():
        return rows.clear()
    return rows.filter(pl.col("session").is_in(begins.filter(long)["session"].implode()))
