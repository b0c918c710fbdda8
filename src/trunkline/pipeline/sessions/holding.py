"""What an event does not say and the events before it in its session do."""

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind


def with_held_values(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The rows (in order, `session` numbers them) with the columns `kind.held` and `kind.before`."""
    held = {name: _held(rows, column) for name, column in kind.held.items()}
    same_session = pl.col("session") == pl.col("session").shift(1)
    before = {
        name: pl.when(same_session).then(pl.col(column).shift(1)) for name, column in kind.before.items()
    }
    return rows.with_columns(**held).with_columns(**before)


def _held(rows: pl.DataFrame, column: str) -> pl.Expr:
    # Most producers send what they know each time; then there is nothing to look for.
    if not rows[column].null_count():
        return pl.col(column)
    return pl.col(column).forward_fill().over("session")
