"""What a call of the job has counted, by account: for people and metrics."""

from collections.abc import Mapping, Sequence

import polars as pl

COUNTS = (
    "events",  # taken in
    "late",
    "duplicates",  # dropped in silence
    "conflicts",
    "late_dropped",
    "sessions",
    "reemitted",
    "open",  # events carried on
    "open_sessions",
)
_CARRIED_ON = ("open", "open_sessions")

SCHEMA = {"accountId": pl.String(), **dict.fromkeys(COUNTS, pl.Int64())}


def tallied(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A line for each account that has a row in any of the frames, which are named as in `COUNTS`."""
    counted = [
        frame.group_by("accountId").agg(pl.len().cast(pl.Int64).alias(name))
        for name, frame in frames.items()
        if frame.height
    ]
    return added(counted)


def added(several: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The lines of all of these, one for each account, in order."""
    lines = pl.concat([pl.DataFrame(schema=SCHEMA), *several], how="diagonal")
    return lines.group_by("accountId").sum().sort("accountId")


def in_sequence(several: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The same for hours that follow each other: what is open is what the last one carries on."""
    *earlier, last = several
    return added([*(lines.drop(_CARRIED_ON) for lines in earlier), last])


def totals(lines: pl.DataFrame) -> dict[str, int]:
    """Over all accounts."""
    return dict(lines.drop("accountId").sum().row(0, named=True))


def by_account(lines: pl.DataFrame) -> dict[str, dict[str, int]]:
    """For each account what is not zero."""
    return {
        str(line.pop("accountId")): {name: count for name, count in line.items() if count}
        for line in lines.to_dicts()
    }
