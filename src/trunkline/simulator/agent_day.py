"""What an agent does on one day, as events: log-in, statuses, chats, log-out, and what goes wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from trunkline.clock import MINUTE_MS
from trunkline.events.agents import (
    AgentConcurrency,
    AgentEvent,
    AgentHeartbeat,
    AgentLogin,
    AgentLogout,
    AgentState,
    AgentStatus,
)
from trunkline.simulator.chance import identity, stream
from trunkline.simulator.chats import chats
from trunkline.simulator.demand import Demand
from trunkline.simulator.pauses import Pause, pauses
from trunkline.simulator.shift import Duty

FORGOTTEN, CRASHES = 0.02, 0.03
STATUS, CHAT, HEARTBEAT = range(3)


@dataclass(frozen=True, slots=True)
class Console:
    """What the agents' own program tells beyond what it must."""

    session_ids: bool = True
    previous_values: bool = True
    heartbeat_minutes: int | None = None


class Sitting(NamedTuple):
    """From one log-in to its end (epoch ms)."""

    start: int
    end: int
    ending: str
    """`logout`, `forgotten` or `crash`: only the first leaves an event."""


def agent_day(seed: int, account: str, duty: Duty, demand: Demand, console: Console) -> list[AgentEvent]:
    """The events of a duty in order of their timestamps, no two in the same millisecond."""
    key = (seed, account, "agent", duty.agent.id, duty.day.toordinal())
    draw = stream(*key)
    taken = pauses(duty, draw)
    diary = Diary(account, duty, console, identity(*key))
    for sitting in _sittings(duty, draw):
        diary.write(sitting, _moments(sitting, duty, taken, demand, console, draw))
    return diary.events


def _sittings(duty: Duty, draw: Random) -> Iterator[Sitting]:
    start = duty.start
    if draw.random() < CRASHES:
        crash = draw.randint(start + 30 * MINUTE_MS, duty.end - 60 * MINUTE_MS)
        yield Sitting(start, crash, "crash")
        start = crash + draw.randint(MINUTE_MS, 6 * MINUTE_MS)
    yield Sitting(start, duty.end, "forgotten" if draw.random() < FORGOTTEN else "logout")


def _moments(
    sitting: Sitting, duty: Duty, taken: list[Pause], demand: Demand, console: Console, draw: Random
) -> list[tuple[int, int, int]]:
    """(instant, what changes, new status or change of the number of chats), in order."""
    begin = sitting.start + draw.randint(15_000, 120_000)
    last = sitting.end - draw.randint(MINUTE_MS, 4 * MINUTE_MS)
    inside = [pause for pause in taken if begin < pause.start and pause.end < last]
    leaving = AgentState.AWAY if sitting.ending == "forgotten" else AgentState.BACK_SOON
    away = [Pause(begin, begin, AgentState.ONLINE), *inside, Pause(last, sitting.end, leaving)]
    moments = [(pause.start, STATUS, int(pause.state)) for pause in away]
    moments += [(pause.end, STATUS, int(AgentState.ONLINE)) for pause in inside]
    curve = demand.curve(duty.day)
    handling_ms = duty.agent.group.handling_minutes * MINUTE_MS
    for before, after in pairwise(away):
        finish_ms = after.end - after.start
        changes = chats(before.end, after.start, finish_ms, duty.agent.slots, handling_ms, curve, draw)
        moments += [(instant, CHAT, change) for instant, change in changes]
    if console.heartbeat_minutes:
        step = console.heartbeat_minutes * MINUTE_MS
        moments += [(at, HEARTBEAT, 0) for at in range(sitting.start + step, sitting.end, step)]
    if sitting.ending == "crash":  # nothing of the last minutes was said properly
        moments = [moment for moment in moments if moment[0] < last]
    return sorted(moments)


class Diary:
    """Writes the events of one agent's day."""

    def __init__(self, account: str, duty: Duty, console: Console, prefix: str) -> None:
        agent = duty.agent
        self.events: list[AgentEvent] = []
        self._console = console
        self._prefix = prefix
        self._account = account
        self._slots = agent.slots
        self._who: dict[str, Any] = {
            "account_id": account,
            "agent_id": agent.id,
            "employee_id": agent.employee_id,
            "user_name": agent.user_name,
            "nickname": agent.nickname,
            "login_name": agent.login_name,
            "group_id": agent.group.id,
            "profile_ids": list(agent.profile_ids),
        }
        self._last = 0

    def write(self, sitting: Sitting, moments: list[tuple[int, int, int]]) -> None:
        state, running = self._log_in(sitting.start)
        for instant, what, value in moments:
            if what == STATUS:
                state = self._status(instant, state, AgentState(value), running)
            elif what == CHAT:
                running = self._concurrency(instant, state, running, running + value)
            else:
                self._add(AgentHeartbeat, instant, self._who)
        if sitting.ending == "logout":
            self._log_out(sitting.end, state, running)

    def _log_in(self, instant: int) -> tuple[AgentState, int]:
        said = self._previous(AgentState.OFFLINE, 0)
        if self._console.session_ids:
            number = int(self._prefix[:15], 16) * 2 + (
                1 if self.events else 0
            )  # a day has two log-ins at most
            said["session_id"] = f"{self._account}-{number}"
        self._add(
            AgentLogin, instant, self._who, state=AgentState.IRRELEVANT, concurrent_engagements=0, **said
        )
        return AgentState.IRRELEVANT, 0

    def _status(self, instant: int, before: AgentState, state: AgentState, running: int) -> AgentState:
        said = self._previous(before, running)
        self._add(
            AgentStatus,
            instant,
            self._who,
            state=state,
            concurrent_engagements=running,
            slots=self._slots,
            **said,
        )
        return state

    def _concurrency(self, instant: int, state: AgentState, before: int, running: int) -> int:
        said = self._previous(state, before)
        self._add(
            AgentConcurrency,
            instant,
            self._who,
            state=state,
            concurrent_engagements=running,
            slots=self._slots,
            **said,
        )
        return running

    def _log_out(self, instant: int, before: AgentState, running: int) -> None:
        said = self._previous(before, running)
        self._add(AgentLogout, instant, self._who, state=AgentState.OFFLINE, concurrent_engagements=0, **said)

    def _previous(self, state: AgentState, running: int) -> dict[str, Any]:
        if not self._console.previous_values:
            return {}
        return {"previous_state": state, "previous_concurrent_engagements": running}

    def _add(self, kind: type[AgentEvent], instant: int, who: dict[str, Any], **said: Any) -> None:
        self._last = max(instant, self._last + 1)
        event_id = f"{self._prefix}-{len(self.events):x}"
        self.events.append(kind(event_id=event_id, timestamp=self._last, **who, **said))
