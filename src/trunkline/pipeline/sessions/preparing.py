"""Events as the rules want them: what their type means, and the rules that hold for their account."""

from collections.abc import Mapping

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.kinds import Kind


def prepared(
    events: pl.DataFrame, kind: Kind, rules: Mapping[str, SessionRules], first_hour: int, grace: int
) -> pl.DataFrame:
    """The events with the columns that the rules work on.

    arrived                        start of the hour that the event counts for; before `first_hour`: it was carried
    late                           it arrived when its time had been settled
    opens, ends, beats             it is a start marker, an end marker, a heartbeat
    inactivity, maximum, drop_late the rules of its account
    pin                            the published session that it is part of; null
    row                            its number

    Raises `KeyError` for an account without rules.
    """
    return (
        events.select(*kind.columns, "arrived")
        .join(_rules_frame(events, rules), on="accountId", how="left", maintain_order="left")
        .with_columns(
            late=(pl.col("arrived") >= first_hour) & (pl.col("timestamp") < pl.col("arrived") - grace),
            opens=pl.col("type").is_in(kind.starts),
            ends=pl.col("type").is_in(kind.ends),
            beats=pl.col("type").is_in(kind.heartbeats),
            pin=pl.lit(None, dtype=pl.Int64),
        )
        .with_row_index("row")
    )


def taken_in(new: pl.DataFrame, first_hour: int) -> pl.DataFrame:
    """The events with `arrived`."""
    hour = pl.col("receivedAt") // HOUR_MS * HOUR_MS
    return new.with_columns(arrived=pl.max_horizontal(hour, pl.lit(first_hour, dtype=pl.Int64)))


def _rules_frame(events: pl.DataFrame, rules: Mapping[str, SessionRules]) -> pl.DataFrame:
    accounts = events["accountId"].unique().sort().to_list()
    lengths = [(account, rules[account]) for account in accounts]
    return pl.DataFrame(
        [(account, its.inactivity, its.maximum, its.drop_late) for account, its in lengths],
        schema={
            "accountId": pl.String,
            "inactivity": pl.Int64,
            "maximum": pl.Int64,
            "drop_late": pl.Boolean,
        },
        orient="row",
    )
