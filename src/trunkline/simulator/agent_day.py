"""What an agent does on one day, as events: log-in, statuses, chats, log-out."""

from dataclasses import dataclass
from typing import Any

from trunkline.events.agents import (
    AgentConcurrency,
    AgentEvent,
    AgentHeartbeat,
    AgentLogin,
    AgentLogout,
    AgentState,
    AgentStatus,
)
from trunkline.events.envelope import Event
from trunkline.simulator.duty_plan import CHAT, LOGIN, LOGOUT, STATUS, DutyPlan
from trunkline.simulator.people import Agent
from trunkline.simulator.track import Track


@dataclass(frozen=True, slots=True)
class Console:
    """What the agents' own program tells beyond what it must."""

    session_ids: bool = True
    previous_values: bool = True
    heartbeat_minutes: int | None = None


def agent_day(account: str, plan: DutyPlan, console: Console, prefix: str) -> list[Event]:
    """The events of a duty in order of their timestamps, no two in the same millisecond."""
    diary = Diary(account, plan.duty.agent, console, prefix)
    for instant, what, value, _ in plan.moments:
        if what == CHAT:
            diary.concurrency(instant, value)
        elif what == STATUS:
            diary.status(instant, AgentState(value))
        elif what == LOGIN:
            diary.log_in(instant)
        elif what == LOGOUT:
            diary.log_out(instant)
        else:
            diary.heartbeat(instant)
    return diary.events


class Diary:
    """Writes the events of one agent's day."""

    def __init__(self, account: str, agent: Agent, console: Console, prefix: str) -> None:
        self._console = console
        self._prefix = prefix
        self._account = account
        self._slots = agent.slots
        self._track = Track(
            prefix,
            account_id=account,
            agent_id=agent.id,
            employee_id=agent.employee_id,
            user_name=agent.user_name,
            nickname=agent.nickname,
            login_name=agent.login_name,
            group_id=agent.group.id,
            profile_ids=list(agent.profile_ids),
        )
        self._state = AgentState.OFFLINE
        self._running = 0

    @property
    def events(self) -> list[Event]:
        return self._track.events

    def log_in(self, instant: int) -> None:
        said: dict[str, Any] = {}
        if self._console.session_ids:
            # A day has two log-ins at most.
            number = int(self._prefix[:15], 16) * 2 + (1 if self.events else 0)
            said["session_id"] = f"{self._account}-{number}"
        self._state, self._running = AgentState.OFFLINE, 0
        self._add(AgentLogin, instant, AgentState.IRRELEVANT, 0, **said)

    def status(self, instant: int, state: AgentState) -> None:
        self._add(AgentStatus, instant, state, self._running, slots=self._slots)

    def concurrency(self, instant: int, change: int) -> None:
        self._add(AgentConcurrency, instant, self._state, self._running + change, slots=self._slots)

    def heartbeat(self, instant: int) -> None:
        self._track.add(AgentHeartbeat, instant)

    def log_out(self, instant: int) -> None:
        self._add(AgentLogout, instant, AgentState.OFFLINE, 0)

    def _add(
        self, kind: type[AgentEvent], instant: int, state: AgentState, running: int, **said: Any
    ) -> None:
        if self._console.previous_values:
            said["previous_state"] = self._state
            said["previous_concurrent_engagements"] = self._running
        self._track.add(kind, instant, state=state, concurrent_engagements=running, **said)
        self._state, self._running = state, running
