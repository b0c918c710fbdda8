"""What becomes of a duty: when the agent logs in, is away, takes a chat and brings one to its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import NamedTuple

from trunkline.clock import MINUTE_MS
from trunkline.events.agents import AgentState
from trunkline.simulator.chance import stream
from trunkline.simulator.chats import chats
from trunkline.simulator.demand import Demand
from trunkline.simulator.pauses import Pause, pauses
from trunkline.simulator.people import Agent
from trunkline.simulator.shift import Duty
from trunkline.simulator.sitting import Sitting, sittings

LOGIN, STATUS, CHAT, HEARTBEAT, LOGOUT = range(5)


class Moment(NamedTuple):
    """At an instant (epoch ms) something changes; `value` is the new status or the change of the number of chats."""

    instant: int
    what: int
    value: int = 0
    leg: int = -1
    """The chat that begins or ends, as its place among the plan's legs."""


@dataclass(slots=True)
class Leg:
    """A chat, or the part of one, that an agent handles (epoch ms)."""

    agent: Agent
    day: int
    """Ordinal of the duty's day."""
    index: int
    begun: int
    ended: int
    cut: bool = False
    """The agent's browser crashed."""


class DutyPlan(NamedTuple):
    """The moments of a duty in order, no two in the same millisecond, and the chats that they begin and end."""

    duty: Duty
    moments: list[Moment]
    legs: list[Leg]


def plan(
    seed: int, account: str, duty: Duty, demand: Demand, pressure: float, heartbeat_minutes: int | None
) -> DutyPlan:
    draw = stream(seed, account, "agent", duty.agent.id, duty.day.toordinal())
    taken = pauses(duty, draw)
    moments: list[Moment] = []
    legs: list[Leg] = []
    for sitting in sittings(seed, account, duty):
        moments.append(Moment(sitting.start, LOGIN))
        away = _away(sitting, taken, draw)
        moments += _statuses(away)
        moments += _chats(sitting, away, duty, demand.curve(duty.day), pressure, legs, draw)
        if heartbeat_minutes:
            step = heartbeat_minutes * MINUTE_MS
            moments += [Moment(at, HEARTBEAT) for at in range(sitting.start + step, sitting.end, step)]
        if sitting.ending == "logout":
            moments.append(Moment(sitting.end, LOGOUT))
        if sitting.ending == "crash":
            moments = [moment for moment in moments if moment.instant < away[-1].start]
    return DutyPlan(duty, _apart(moments, legs), legs)


def _away(sitting: Sitting, taken: list[Pause], draw: Random) -> list[Pause]:
    """From the log-in to the first online, the pauses, and the last minutes."""
    begin = sitting.start + draw.randint(15_000, 120_000)
    last = sitting.end - draw.randint(MINUTE_MS, 4 * MINUTE_MS)
    inside = [pause for pause in taken if begin < pause.start and pause.end < last]
    leaving = AgentState.AWAY if sitting.ending == "forgotten" else AgentState.BACK_SOON
    return [Pause(begin, begin, AgentState.ONLINE), *inside, Pause(last, sitting.end, leaving)]


def _statuses(away: list[Pause]) -> Iterator[Moment]:
    for pause in away:
        yield Moment(pause.start, STATUS, int(pause.state))
    for pause in away[1:-1]:
        yield Moment(pause.end, STATUS, int(AgentState.ONLINE))


def _chats(
    sitting: Sitting,
    away: list[Pause],
    duty: Duty,
    curve: tuple[int, tuple[float, ...]],
    pressure: float,
    legs: list[Leg],
    draw: Random,
) -> Iterator[Moment]:
    """Adds to `legs`. When the browser crashes, nothing of the last minutes is said properly."""
    handling_ms = duty.agent.group.handling_minutes * MINUTE_MS
    cut_from = away[-1].start if sitting.ending == "crash" else sitting.end
    for before, after in pairwise(away):
        finish_ms = after.end - after.start
        for begun, ended in chats(
            before.end, after.start, finish_ms, duty.agent.slots, handling_ms, pressure, curve, draw
        ):
            leg = Leg(duty.agent, duty.day.toordinal(), len(legs), begun, ended)
            legs.append(leg)
            yield Moment(begun, CHAT, 1, leg.index)
            if ended < cut_from:
                yield Moment(ended, CHAT, -1, leg.index)
            else:
                leg.ended, leg.cut = sitting.end, True


def _apart(moments: list[Moment], legs: list[Leg]) -> list[Moment]:
    """In order, those of one millisecond moved apart; the legs as their moments."""
    apart: list[Moment] = []
    last = -1
    for instant, what, value, index in sorted(moments):
        last = max(instant, last + 1)
        apart.append(Moment(last, what, value, index))
        if value > 0 and what == CHAT:
            legs[index].begun = last
        elif what == CHAT:
            legs[index].ended = last
    return apart
