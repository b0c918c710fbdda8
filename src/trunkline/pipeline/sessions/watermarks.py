"""Which hour's file a session belongs to. All instants in epoch milliseconds."""

from typing import TypeVar

import polars as pl

from trunkline.clock import HOUR_MS

Hour = TypeVar("Hour", int, pl.Expr)


def watermark(hour: Hour, grace: int) -> Hour:
    """Once the hour that starts at `hour` is over, every event with a timestamp below this was waited for."""
    return hour + HOUR_MS - grace


def hour_closing(closes: pl.Expr, grace: int) -> pl.Expr:
    """The first hour whose watermark lies beyond `closes`."""
    return (closes + grace) // HOUR_MS * HOUR_MS
