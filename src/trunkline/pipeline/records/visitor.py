"""Who the visitor is: the header of the records of Web Session, Engagement and Survey."""

import polars as pl

from trunkline.schemas.encoding import Source

HEADER: dict[str, Source] = {
    "visitId": pl.col("visitId"),
    "visitorId": pl.col("visitorId"),
    "contextId": pl.col("contextId"),
}


def with_header(sessions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """`session` of those that have rows, with the columns of the header: what the first event says that says it.

    A visit has the session's id; a messaging conversation is in none, unless one is named where it begins.
    """
    told = rows.group_by("session", maintain_order=True).agg(
        pl.col(name).drop_nulls().first() for name in ("visitorId", "contextId")
    )
    visit = pl.when(pl.col("actor").str.starts_with("v/")).then("id").alias("visitId")
    return told.join(sessions.select("session", visit), on="session")
