"""Agents: a session lasts from log-in to log-out, and is published as Agent Activity."""

from typing import Any

import polars as pl

from trunkline.events import EVENT_TYPES, types_of
from trunkline.events.agents import AgentEvent, AgentHeartbeat, AgentLogin, AgentLogout
from trunkline.pipeline.records import agent_activity
from trunkline.pipeline.sessions.kinds import ENVELOPE, Kind, Output, members_of

_ACTOR = "agentId"


def _columns() -> dict[str, pl.DataType]:
    members: dict[str, pl.DataType] = {}
    for name in types_of(AgentEvent.kind):
        members |= members_of(EVENT_TYPES[name])
    first = {"accountId": pl.String(), _ACTOR: members[_ACTOR], **ENVELOPE}
    return first | {name: dtype for name, dtype in members.items() if name not in first}


def _decoded(lines: pl.LazyFrame) -> pl.LazyFrame:
    return lines.select(pl.col("line").str.json_decode(pl.Struct(_columns()))).unnest("line")


def _is(event: Any) -> pl.Expr:
    return pl.col("type") == str(event.__struct_config__.tag)


AGENT_ACTIVITY = Kind(
    name=AgentEvent.kind,
    actor=_ACTOR,
    columns=_columns(),
    prefixes=("agent.",),
    decoded=_decoded,
    opens=_is(AgentLogin),
    ends=_is(AgentLogout),
    beats=_is(AgentHeartbeat),
    lasting=pl.lit(False),
    sent=pl.struct([name for name in _columns() if name != "receivedAt"]).struct.json_encode(),
    weight=1,
    held={"heldState": "state", "heldEngagements": "concurrentEngagements", "heldSlots": "slots"},
    before={"stateBefore": "heldState", "engagementsBefore": "heldEngagements"},
    outputs=(
        Output(
            data_type="agentActivity",
            symbol="AgentActivity",
            file_prefix="Agent",
            types=frozenset(types_of(AgentEvent.kind)) - {str(AgentHeartbeat.__struct_config__.tag)},
            collection=agent_activity.collection,
        ),
    ),
)
