"""Events as the rules want them: what their type means, and the rules that hold for their account."""

from collections.abc import Mapping

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.kinds import Kind

Hours = tuple[int, int] | pl.DataFrame
"""The hours that are settled, epoch ms: `[first, end)` for everybody, or those of each actor: `kind.key`, `from_hour`, `to_hour`."""

_MESSAGING = ("messaging_inactivity", "messaging_maximum")


def taken_in(new: pl.DataFrame, first_hour: int, grace: int, settled: int | None) -> pl.DataFrame:
    """The events of these hours with two more columns.

    arrived  start of the hour that the event counts for
    late     when it arrived, the watermark had passed its time
    """
    hour = pl.max_horizontal(pl.col("receivedAt") // HOUR_MS * HOUR_MS, pl.lit(first_hour, dtype=pl.Int64))
    before = pl.max_horizontal(pl.col("arrived") - grace, pl.lit(settled, dtype=pl.Int64))
    return new.with_columns(arrived=hour).with_columns(late=pl.col("timestamp") < before)


def within(events: pl.DataFrame, hours: Hours, kind: Kind) -> pl.DataFrame:
    """The events with two more columns: the hours `[from_hour, to_hour)` that are settled for their actor. Those of actors for
    whom none are, are left out."""
    if isinstance(hours, pl.DataFrame):
        return events.join(hours, on=kind.key, how="inner", maintain_order="left")
    first, end = (pl.lit(hour, dtype=pl.Int64) for hour in hours)
    return events.with_columns(from_hour=first, to_hour=end)


def known_before(events: pl.DataFrame) -> pl.DataFrame:
    """Events that were taken in by earlier hours than those they are `within`, with the columns of `taken_in`."""
    return events.with_columns(arrived=pl.col("from_hour") - HOUR_MS, late=pl.lit(False))


def prepared(events: pl.DataFrame, kind: Kind, rules: Mapping[str, SessionRules]) -> pl.DataFrame:
    """The events, with what `taken_in` and `within` tell of them, and the columns that the rules work on.

    opens, ends, beats             it is a start marker, an end marker, a heartbeat
    inactivity, maximum, drop_late the rules of its account
    pin                            the published session that it is part of; null
    row                            its number

    Raises `KeyError` for an account without rules.
    """
    return (
        events.select(*kind.columns, "arrived", "late", "from_hour", "to_hour")
        .join(_rules_frame(events, rules), on="accountId", how="left", maintain_order="left")
        .with_columns(
            opens=kind.opens,
            ends=kind.ends,
            beats=kind.beats,
            inactivity=_one_of(kind, "inactivity"),
            maximum=_one_of(kind, "maximum"),
            pin=pl.lit(None, dtype=pl.Int64),
        )
        .drop(*_MESSAGING)
        .with_row_index("row")
    )


def _one_of(kind: Kind, length: str) -> pl.Expr:
    return pl.when(kind.lasting).then(f"messaging_{length}").otherwise(length)


def _rules_frame(events: pl.DataFrame, rules: Mapping[str, SessionRules]) -> pl.DataFrame:
    accounts = events["accountId"].unique().sort().to_list()
    lengths = [(account, rules[account]) for account in accounts]
    return pl.DataFrame(
        [
            (
                account,
                its.inactivity,
                its.maximum,
                its.messaging_inactivity,
                its.messaging_maximum,
                its.drop_late,
            )
            for account, its in lengths
        ],
        schema={
            "accountId": pl.String,
            "inactivity": pl.Int64,
            "maximum": pl.Int64,
            **dict.fromkeys(_MESSAGING, pl.Int64),
            "drop_late": pl.Boolean,
        },
        orient="row",
    )
