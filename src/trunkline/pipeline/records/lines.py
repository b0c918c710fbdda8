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
from trunkline.pipeline.sessions.outcome import Outcome
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


def lines(outcome: Outcome, kind: Kind, rules: Mapping[str, SessionRules]) -> list[Lines]:
    """The outcome's sessions in the order of the files: account, data type, hour, actor, start, id."""
    return sorted(_by_version(outcome, kind, rules), key=lambda one: one.scope.account_id)


def _by_version(outcome: Outcome, kind: Kind, rules: Mapping[str, SessionRules]) -> Iterator[Lines]:
    for output in kind.outputs:
        sessions = outcome.sessions.filter(output.emits).sort("accountId")
        sessions = sessions.with_columns(version=_version(sessions["accountId"], output, rules))
        for (version,), some in sessions.group_by("version", maintain_order=True):
            yield from _of_version(some, outcome.rows, kind, output, str(version))


def _version(accounts: pl.Series, output: Output, rules: Mapping[str, SessionRules]) -> pl.Series:
    versions = {account: rules[account].versions[output.data_type] for account in accounts.unique()}
    return accounts.replace_strict(versions, return_dtype=pl.String)


def _of_version(
    sessions: pl.DataFrame, rows: pl.DataFrame, kind: Kind, output: Output, version: str
) -> Iterator[Lines]:
    rows = rows.join(sessions, on="session", how="semi", maintain_order="left")
    if version not in NULL_END:
        sessions = _with_last_event_as_end(sessions, rows)
    if len(kind.outputs) > 1:
        rows = rows.filter(pl.col("type").is_in(output.types)).with_row_index("row")
    schema = schemas.spelled_out(output.data_type, version)
    records = output.collection(sessions, rows, schema)
    records = sessions.join(records, on="session", how="inner")
    records = records.sort("accountId", "hour", kind.actor, "start", "id", "key")
    texts = records.select(
        "accountId",
        "hour",
        *(["ids"] if output.has_ids else []),
        text=_record(schema, records, output, version),
    )
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
