"""Agent Activity: one row for each event of an agent between log-in and log-out.

Codes and members are those of the published record (Data Access API, "Agent Activity", response body). It has codes
for log-in (3) and log-out (4) and one more, "chat" (1): changes of status and of concurrency carry that one.
"""

from itertools import groupby
from typing import Any

import polars as pl

from trunkline.events.agents import (
    AgentConcurrency,
    AgentEvent,
    AgentLogin,
    AgentLogout,
    AgentState,
    AgentStatus,
)
from trunkline.pipeline.records.items import joined, node_of
from trunkline.schemas.encoding import Filled, Items, Pieces, encoded, is_integer, listed, members, text
from trunkline.schemas.registry import Schema


def _tag(event: type[AgentEvent]) -> str:
    return str(event.__struct_config__.tag)


_ROW_TYPES = {_tag(AgentLogin): 3, _tag(AgentLogout): 4, _tag(AgentStatus): 1, _tag(AgentConcurrency): 1}
_LOG_IN_OR_OUT = pl.col("type").is_in([_tag(AgentLogin), _tag(AgentLogout)])
_NO_MAXIMUM = -9
"""What the record says for log-in and log-out, where the most chats at one time mean nothing."""

ROW: dict[str, pl.Expr] = {
    "agentID": pl.col("agentId"),
    "type": pl.col("type").replace_strict(_ROW_TYPES, return_dtype=pl.Int64),
    "state": pl.when(_LOG_IN_OR_OUT)
    .then(pl.col("state").fill_null(int(AgentState.IRRELEVANT)))
    .otherwise(pl.col("heldState")),
    "timestamp": pl.col("timestamp"),
    "prevState": pl.coalesce("previousState", "stateBefore"),
    "agentEmployeeId": pl.col("employeeId"),
    "agentUsername": pl.col("userName"),
    "agentNickname": pl.col("nickname"),
    "agentLoginname": pl.col("loginName"),
    "prevConcurrentEng": pl.coalesce("previousConcurrentEngagements", "engagementsBefore"),
    "concurrentEng": pl.col("heldEngagements"),
    "maxConcurrentEng": pl.when(_LOG_IN_OR_OUT)
    .then(pl.lit(_NO_MAXIMUM, dtype=pl.Int64))
    .otherwise(pl.col("heldSlots")),
    "agentGroupID": pl.col("groupId"),
    "userProfileIDs": pl.col("profileIds"),
}
"""Member of a row ← expression over the event's columns and what was held."""


def collection(sessions: pl.DataFrame, rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """One item for each session: its rows under its id."""
    node = node_of(schema, "recordCollection", "body", "agentSessionsData")
    values = rows.select(**{field["name"]: ROW[field["name"]] for field in node["fields"]})
    texts = values.select(rows["session"], text=text(["{", *_row(node, values), "}"]))
    record = encoded(
        node_of(schema, "recordCollection"),
        {
            "body": {
                "header": {"agentSessionId": Filled(pl.col("id"))},
                "agentSessionsData": Items(pl.col("rows")),
            }
        },
    )
    found = sessions.select("session", "id").join(joined(texts, ["session"], "rows"), on="session")
    return found.select("session", collection=text(record))


def _row(node: dict[str, Any], values: pl.DataFrame) -> Pieces:
    several: list[Pieces] = []
    for numbers, fields in groupby(node["fields"], lambda field: is_integer(field["type"])):
        part = node | {"fields": list(fields)}
        several.append(_members(part, values) if numbers else [_once_for_equals(part, values)])
    return listed(several)


def _members(record: dict[str, Any], values: pl.DataFrame) -> Pieces:
    names = [field["name"] for field in record["fields"]]
    full = {name for name in names if not values[name].null_count()}
    return members(record, {name: Filled(pl.col(name)) if name in full else pl.col(name) for name in names})


def _once_for_equals(record: dict[str, Any], values: pl.DataFrame) -> pl.Expr:
    """Its members as text, made once for neighbours that are equal: an agent is called the same in a whole session."""
    some = values.select(field["name"] for field in record["fields"])
    run = some.select(pl.struct(pl.all()).rle_id()).to_series()
    different = some.filter((run != run.shift(1)).fill_null(True))
    return pl.lit(different.select(text(_members(record, different))).to_series().gather(run))
