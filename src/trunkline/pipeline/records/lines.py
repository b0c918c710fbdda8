"""Sessions as the lines of data files: one record each, in the Avro JSON encoding of the account's schema version."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from trunkline import schemas
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.data_files import Scope
from trunkline.pipeline.sessions.kinds import NULL_END, Kind, Output
from trunkline.pipeline.sessions.outcome import Outcome, counted_from
from trunkline.pipeline.sessions.repeats import session_key, without_repeats
from trunkline.schemas.encoding import Filled, Items, encoded, text


@dataclass(frozen=True)
class Lines:
    """Consecutive records of one data file."""

    scope: Scope
    text: list[bytes]
    """In blocks that may end anywhere."""
    records: int
    ids: pl.Series | None = None
    """Lists of ids, one for each record, where its conversations are to be named."""


def lines(outcome: Outcome, kind: Kind, rules: Mapping[str, SessionRules]) -> tuple[list[Lines], Outcome]:
    """The outcome's sessions in the order of the files: account, data type, hour, actor, start, id.

    A record that is equal to the one that was published of the session before is left out. With the outcome as it is then.
    """
    found, repeats = list[Lines](), dict[str, pl.DataFrame]()
    rows = pl.concat([outcome.rows, counted_from(outcome.rows_before, outcome.sessions.height)])
    for output in kind.outputs:
        for version, sessions in _by_version(outcome, output, rules):
            texts = _texts(sessions, rows, kind, output, version)
            texts, same = _without_repeats(texts, kind)
            found += _lines(texts, output, version)
            if same.height:
                repeats[output.data_type] = pl.concat([same, repeats.get(output.data_type, same.clear())])
    in_order = sorted(found, key=lambda one: one.scope.account_id)
    return in_order, without_repeats(outcome, repeats, kind)


def _by_version(
    outcome: Outcome, output: Output, rules: Mapping[str, SessionRules]
) -> Iterator[tuple[str, pl.DataFrame]]:
    """What is published in a data type and what that supersedes (`old`), by the version of its records."""
    new = outcome.sessions.filter(output.emits).with_columns(old=False)
    old = outcome.before.filter(pl.col(output.emits) & pl.col(output.supersedes).is_not_null())
    old = counted_from(old, outcome.sessions.height).with_columns(old=True)
    sessions = pl.concat([new, old]).sort("accountId", maintain_order=True)
    sessions = sessions.with_columns(version=_version(sessions["accountId"], output, rules))
    for (version,), some in sessions.group_by("version", maintain_order=True):
        yield str(version), some


def _version(accounts: pl.Series, output: Output, rules: Mapping[str, SessionRules]) -> pl.Series:
    versions = {account: rules[account].versions[output.data_type] for account in accounts.unique()}
    return accounts.replace_strict(versions, return_dtype=pl.String)


def _texts(
    sessions: pl.DataFrame, rows: pl.DataFrame, kind: Kind, output: Output, version: str
) -> pl.DataFrame:
    """The records as texts, in order."""
    rows = rows.join(sessions, on="session", how="semi", maintain_order="left")
    if version not in NULL_END:
        sessions = _with_last_event_as_end(sessions, rows)
    if len(kind.outputs) > 1:
        rows = rows.filter(pl.col("type").is_in(output.types)).with_row_index("row")
    schema = schemas.spelled_out(output.data_type, version)
    records = output.collection(sessions, rows, schema)
    records = sessions.join(records, on="session", how="inner")
    records = records.sort("accountId", "hour", kind.actor, "start", "id", "key")
    return records.select(
        *session_key(kind),
        *("hour", "old"),
        *(["ids"] if output.has_ids else []),
        text=_record(schema, records, output, version),
    )


def _without_repeats(texts: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The new records that differ from what they supersede; the emissions (`session_key`, `hour`) of those that do not."""
    emission = [*session_key(kind), "hour"]
    if not texts["old"].any():
        return texts, texts.select(emission).clear()
    old, new = texts.filter("old"), texts.filter(~pl.col("old"))
    repeats = old.join(new, on=[*emission, "text"], how="semi").select(emission)
    return new.join(repeats, on=emission, how="anti", maintain_order="left"), repeats


def _lines(texts: pl.DataFrame, output: Output, version: str) -> Iterator[Lines]:
    for (account, hour), some in texts.group_by("accountId", "hour", maintain_order=True):
        scope = Scope(
            account_id=str(account),
            data_type=output.data_type,
            hour=int(str(hour)),
            schema_version=version,
            prefix=output.file_prefix,
        )
        yield Lines(scope, _blocks(some.select("text")), some.height, some["ids"] if output.has_ids else None)


def _with_last_event_as_end(sessions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    last = rows.group_by("session").agg(last=pl.col("timestamp").last())
    return sessions.join(last, on="session").with_columns(end=pl.coalesce("end", "last")).drop("last")


def _record(schema: Mapping[str, Any], records: pl.DataFrame, output: Output, version: str) -> pl.Expr:
    source = {
        "dataType": Filled(pl.lit(output.symbol)),
        "metaData": {
            "accountId": Filled(pl.col("accountId")),
            "schemaVersion": pl.lit(version),
            "startTime": Filled(pl.col("start")),
            "endTime": pl.col("end") if records["end"].null_count() else Filled(pl.col("end")),
        },
        "recordCollection": Items(pl.col("collection")),
    }
    return text([*encoded(dict(schema), source), "\n"])


def _blocks(texts: pl.DataFrame) -> list[bytes]:
    """All of the text, as it stands: JSON needs no quoting."""
    written = _Blocks()
    texts.write_csv(written, include_header=False, quote_style="never", line_terminator="")
    return written.blocks


class _Blocks(io.BytesIO):
    """Keeps what is written in the blocks in which it comes (few and large): 100 MB are not copied once more."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[bytes] = []

    def write(self, block: Any) -> int:
        self.blocks.append(block)
        return len(block)
