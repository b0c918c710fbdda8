"""From one log-in of an agent to its end."""

from typing import NamedTuple

from trunkline.clock import MINUTE_MS
from trunkline.simulator.chance import stream
from trunkline.simulator.shift import Duty

FORGOTTEN, CRASHES = 0.02, 0.03


class Sitting(NamedTuple):
    """From one log-in to its end (epoch ms)."""

    start: int
    end: int
    ending: str
    """`logout`, `forgotten` or `crash`: only the first leaves an event."""


def sittings(seed: int, account: str, duty: Duty) -> tuple[Sitting, ...]:
    """One, or two where the browser crashes."""
    draw = stream(seed, account, "sitting", duty.agent.id, duty.day.toordinal())
    start = duty.start
    crashed: tuple[Sitting, ...] = ()
    if draw.random() < CRASHES:
        crash = draw.randint(start + 30 * MINUTE_MS, duty.end - 60 * MINUTE_MS)
        crashed = (Sitting(start, crash, "crash"),)
        start = crash + draw.randint(MINUTE_MS, 6 * MINUTE_MS)
    return *crashed, Sitting(start, duty.end, "forgotten" if draw.random() < FORGOTTEN else "logout")
