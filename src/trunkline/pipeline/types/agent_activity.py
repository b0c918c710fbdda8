"""Agent Activity: one row for each event of an agent between log-in and log-out.

Codes and members are those of the published record (Data Access API, "Agent Activity", response body). It has codes
for log-in (3) and log-out (4) and one more, "chat" (1): changes of status and of concurrency carry that one.
"""

import polars as pl

from trunkline.events.agents import (
    AgentConcurrency,
    AgentEvent,
    AgentHeartbeat,
    AgentLogin,
    AgentLogout,
    AgentState,
    AgentStatus,
)
from trunkline.pipeline.sessions.kinds import Kind


def _tag(event: type[AgentEvent]) -> str:
    return str(event.__struct_config__.tag)


_ROW_TYPES = {_tag(AgentLogin): 3, _tag(AgentLogout): 4, _tag(AgentStatus): 1, _tag(AgentConcurrency): 1}
_LOG_IN_OR_OUT = pl.col("type").is_in([_tag(AgentLogin), _tag(AgentLogout)])
_NO_MAXIMUM = -9
"""What the record says for log-in and log-out, where the most chats at one time mean nothing."""

AGENT_ACTIVITY = Kind(
    name=AgentEvent.kind,
    actor="agentId",
    starts=frozenset({_tag(AgentLogin)}),
    ends=frozenset({_tag(AgentLogout)}),
    heartbeats=frozenset({_tag(AgentHeartbeat)}),
    held={"heldState": "state", "heldEngagements": "concurrentEngagements", "heldSlots": "slots"},
    before={"stateBefore": "heldState", "engagementsBefore": "heldEngagements"},
    rows={
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
    },
)
