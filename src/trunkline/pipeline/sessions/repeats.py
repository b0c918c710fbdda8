"""Emissions that would only repeat what is published already: they do not happen.

Whether a record repeats the one before is seen when both are written (`records/lines.py`). Here the outcome becomes what it is without
those that do.
"""

from dataclasses import replace

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind, Output
from trunkline.pipeline.sessions.outcome import Outcome
from trunkline.pipeline.sessions.tallies import added, tallied


def session_key(kind: Kind) -> list[str]:
    """The columns that tell one session from another."""
    return [*kind.key, "key"]


def without_repeats(outcome: Outcome, repeats: dict[str, pl.DataFrame], kind: Kind) -> Outcome:
    """`repeats`: by data type, the emissions (`session_key`, `hour`) that change nothing."""
    sessions, index = outcome.sessions, outcome.index
    for output in kind.outputs:
        if output.data_type in repeats:
            stands = _standing(sessions, repeats[output.data_type], kind, output)
            index = _replaced(index, stands, kind, output.hour)
            emits = pl.col(output.emits) & pl.col("stands").is_null()
            sessions = sessions.join(
                stands, on=[*session_key(kind), "hour"], how="left", maintain_order="left"
            )
            sessions = sessions.with_columns(emits.alias(output.emits)).drop("stands")
            sessions = _replaced(sessions, stands, kind, output.supersedes)
    sessions = sessions.filter(pl.any_horizontal(output.emits for output in kind.outputs))
    again = [pl.col(output.emits) & pl.col(output.supersedes).is_not_null() for output in kind.outputs]
    counted = tallied({"sessions": sessions, "reemitted": sessions.filter(pl.any_horizontal(again))})
    return replace(outcome, sessions=sessions, index=index, tallies=added([outcome.tallies, counted]))


def _standing(sessions: pl.DataFrame, repeats: pl.DataFrame, kind: Kind, output: Output) -> pl.DataFrame:
    """For each repeat the hour whose file holds the record that it would repeat, `stands`: an earlier one of this
    call, or of before."""
    key = session_key(kind)
    emissions = sessions.filter(output.emits).join(repeats, on=key, how="semi")
    emissions = emissions.join(
        repeats.with_columns(repeats=True), on=[*key, "hour"], how="left", maintain_order="left"
    ).sort("hour", maintain_order=True)
    last = pl.when(pl.col("repeats").is_null()).then("hour").forward_fill().over(key)
    stands = pl.coalesce(last, pl.col(output.supersedes).first().over(key))
    return emissions.with_columns(stands=stands).filter("repeats").select(*key, "hour", "stands")


def _replaced(frame: pl.DataFrame, stands: pl.DataFrame, kind: Kind, column: str) -> pl.DataFrame:
    """Where a repeat is named in `column` by its hour, what stands instead."""
    key = session_key(kind)
    found = frame.join(
        stands, left_on=[*key, column], right_on=[*key, "hour"], how="left", maintain_order="left"
    )
    return found.with_columns(pl.coalesce("stands", column).alias(column)).drop("stands")
