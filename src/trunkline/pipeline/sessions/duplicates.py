"""Events that were delivered more than once: the first one received counts."""

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind


def first_received(
    rows: pl.DataFrame, kind: Kind, identity: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The rows without those sent again; those sent again unchanged; those sent again with other content.

    Rows that agree in `identity` (columns, event id among them) are one event.
    """
    # Equal ids have equal hashes, so that few rows are looked at more closely.
    suspect = rows.select(pl.col("eventId").hash().is_duplicated()).to_series()
    if not suspect.any():
        return rows, rows.clear(), rows.clear()
    suspects = rows.filter(suspect).with_columns(content=kind.sent)
    # The content decides between copies received in one millisecond: the answer may not depend on the input's order.
    suspects = suspects.sort(*identity, "arrived", "receivedAt", "content").with_columns(
        again=pl.struct(identity).is_first_distinct().not_(),
        first=pl.col("content").first().over(identity),
    )
    again = suspects.filter("again")
    same = pl.col("content") == pl.col("first")
    kept = rows.filter(~pl.col("row").is_in(again["row"].implode()))
    return kept, again.filter(same).select(rows.columns), again.filter(~same).select(rows.columns)
