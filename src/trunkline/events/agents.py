"""What agents do: the events behind Agent Activity.

Codes are those of the published Agent Activity record (Data Access API, "Agent Activity", response body), so that an
event and the record made of it read alike.
"""

from enum import IntEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from trunkline.events.envelope import Count, Event, Long, Name, SessionId


class AgentState(IntEnum):
    """Status of an agent: -1 unknown, 0 irrelevant, 1 offline, 2 online, 3 back soon, 4 away."""

    UNKNOWN = -1
    IRRELEVANT = 0
    OFFLINE = 1
    ONLINE = 2
    BACK_SOON = 3
    AWAY = 4


State = Annotated[AgentState, Meta(description=AgentState.__doc__ or "")]


class AgentEvent(Event, kw_only=True):
    """Who the agent is and, as far as the producer knows, how the agent stood at that moment."""

    kind: ClassVar[str] = "agentActivity"

    agent_id: Annotated[Long, Meta(description="Unique agent identifier.")]
    employee_id: Annotated[Name | None, Meta(description="The agent's employee id.")] = None
    user_name: Annotated[Name | None, Meta(description="The agent's user name.")] = None
    nickname: Annotated[Name | None, Meta(description="The name that visitors see.")] = None
    login_name: Annotated[Name | None, Meta(description="The name the agent logs in with.")] = None
    group_id: Annotated[Long | None, Meta(description="Agent group; -1 is none.")] = None
    profile_ids: Annotated[
        Annotated[list[Long], Meta(max_length=100)] | None, Meta(description="Profiles of the agent.")
    ] = None
    state: State | None = None
    previous_state: State | None = None
    concurrent_engagements: Annotated[Count | None, Meta(description="Chats handled at this moment.")] = None
    previous_concurrent_engagements: Annotated[
        Count | None, Meta(description="Chats handled just before.")
    ] = None
    slots: Annotated[Count | None, Meta(description="The most chats the agent can take at one time.")] = None


class AgentLogin(AgentEvent, tag="agent.login", kw_only=True):
    """An agent logged in: opens a session, and closes an older one that had no log-out."""

    session_id: SessionId | None = None


class AgentLogout(AgentEvent, tag="agent.logout", kw_only=True):
    """An agent logged out: closes the session."""


class AgentStatus(AgentEvent, tag="agent.status", kw_only=True):
    """An agent's status changed; `state` is the new one."""

    state: State  # required here


class AgentConcurrency(AgentEvent, tag="agent.concurrency", kw_only=True):
    """The number of chats that an agent handles changed; `concurrentEngagements` is the new one."""

    concurrent_engagements: Annotated[Count, Meta(description="Chats handled from now on.")]


class AgentHeartbeat(AgentEvent, tag="agent.heartbeat", kw_only=True):
    """The agent is still there: keeps a session open, opens none, leaves no row in the record."""
