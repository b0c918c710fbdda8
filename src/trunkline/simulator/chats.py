"""How many chats an agent handles: visitors come as demand has it, a free slot takes one, it ends after a while."""

from bisect import insort
from random import Random

from trunkline.clock import MINUTE_MS
from trunkline.simulator.demand import QUARTER_MS

FINISH_MS = 4 * MINUTE_MS
"""Running chats are brought to an end this long, at most, after the agent stopped taking new ones."""


def chats(
    start: int,
    end: int,
    finish_ms: int,
    slots: int,
    handling_ms: float,
    curve: tuple[int, tuple[float, ...]],
    draw: Random,
) -> list[tuple[int, int]]:
    """The changes (instant, +1 or -1) in an interval in which the agent is online.

    Between 0 and `slots` chats run at one time; all end within `finish_ms`, and `FINISH_MS`, after `end`.
    """
    midnight, demand = curve
    full = (
        1.2 * slots / handling_ms
    )  # arrivals a millisecond in the busiest hour: slightly more than all slots bear
    changes: list[tuple[int, int]] = []
    running: list[int] = []
    finish_ms = min(finish_ms, FINISH_MS)
    now = float(start)
    while now < end:
        quarter = int((now - midnight) // QUARTER_MS)
        next_quarter = midnight + (quarter + 1) * QUARTER_MS
        now += draw.expovariate(full * demand[quarter])
        if now >= next_quarter:
            now = next_quarter  # the rate changes here; waiting has no memory, so drawing again is exact
            continue
        if now >= end:
            break
        while running and running[0] <= now:
            changes.append((running.pop(0), -1))
        if len(running) < slots:
            begun = int(now)
            length = min(max(draw.gammavariate(2.0, handling_ms / 2), 20_000.0), 5 * handling_ms)
            insort(running, min(begun + int(length), end + int(draw.random() * finish_ms)))
            changes.append((begun, 1))
    changes.extend((ending, -1) for ending in running)
    return changes
