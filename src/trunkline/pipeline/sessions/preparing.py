"""Events as the rules want them: what their type means, and the lengths that hold for their account."""

from collections.abc import Mapping

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.kinds import Kind


def prepared(events: pl.DataFrame, kind: Kind, rules: Mapping[str, SessionRules]) -> pl.DataFrame:
    """The events with opens, ends, beats, inactivity, maximum, row (their number) and pin (null).

    Raises `KeyError` for an account without rules.
    """
    return (
        events.select(*kind.columns, "arrived")
        .join(_lengths(events, rules), on="accountId", how="left", maintain_order="left")
        .with_columns(
            opens=pl.col("type").is_in(kind.starts),
            ends=pl.col("type").is_in(kind.ends),
            beats=pl.col("type").is_in(kind.heartbeats),
            pin=pl.lit(None, dtype=pl.Int64),
        )
        .with_row_index("row")
    )


def taken_in(new: pl.DataFrame, first_hour: int) -> pl.DataFrame:
    """The events with `arrived`, the start of the hour that they count for."""
    return new.with_columns(
        arrived=pl.max_horizontal(pl.col("receivedAt") // HOUR_MS * HOUR_MS, pl.lit(first_hour))
    )


def _lengths(events: pl.DataFrame, rules: Mapping[str, SessionRules]) -> pl.DataFrame:
    accounts = events["accountId"].unique().sort().to_list()
    return pl.DataFrame(
        {
            "accountId": accounts,
            "inactivity": [rules[account].inactivity for account in accounts],
            "maximum": [rules[account].maximum for account in accounts],
        },
        schema={"accountId": pl.String, "inactivity": pl.Int64, "maximum": pl.Int64},
    )
