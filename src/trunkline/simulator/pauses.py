"""When an agent at work takes no chats: breaks, lunch, training, and a few minutes now and then."""

from random import Random
from typing import NamedTuple

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.events.agents import AgentState
from trunkline.simulator.shift import Duty


class Pause(NamedTuple):
    """A time with another status than online (epoch ms, half open)."""

    start: int
    end: int
    state: AgentState


def pauses(duty: Duty, draw: Random) -> list[Pause]:
    """In order, never overlapping, all within the duty."""
    length = duty.end - duty.start
    wanted = [
        _about(duty.start + length * 0.25, 14, AgentState.BACK_SOON, draw),
        _about(duty.start + length * 0.75, 14, AgentState.BACK_SOON, draw),
    ]
    if length > 6 * HOUR_MS:
        wanted.append(_about(duty.start + length * 0.5, draw.choice((30, 30, 45)), AgentState.AWAY, draw))
    if draw.random() < 0.08:
        wanted.append(
            _about(duty.start + length * draw.uniform(0.1, 0.8), draw.randint(40, 90), AgentState.AWAY, draw)
        )
    moment = float(duty.start)
    while (moment := moment + draw.expovariate(1 / (100 * MINUTE_MS))) < duty.end:
        wanted.append(_about(moment, draw.randint(2, 7), AgentState.BACK_SOON, draw))
    return _without_overlap(wanted, duty)


def _about(instant: float, minutes: float, state: AgentState, draw: Random) -> Pause:
    start = int(instant + draw.gauss(0, 6) * MINUTE_MS)
    return Pause(start, start + int(minutes * draw.uniform(0.85, 1.25) * MINUTE_MS), state)


def _without_overlap(wanted: list[Pause], duty: Duty) -> list[Pause]:
    """Longer ones win; the first and the last quarter of an hour stay free."""
    kept: list[Pause] = []
    for pause in sorted(wanted, key=lambda pause: pause.start - pause.end):
        inside = duty.start + 15 * MINUTE_MS < pause.start and pause.end < duty.end - 15 * MINUTE_MS
        if inside and all(pause.end < other.start or other.end < pause.start for other in kept):
            kept.append(pause)
    return sorted(kept)
