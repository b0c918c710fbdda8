"""How many chats an agent handles: visitors come as demand has it, a free slot takes one, it ends after a while."""

from bisect import insort
from random import Random

from trunkline.clock import MINUTE_MS
from trunkline.simulator.demand import QUARTER_MS

SHORTEST_MS = 15_000
FINISH_MS = 4 * MINUTE_MS
"""Running chats are brought to an end this long, at most, after the agent stopped taking new ones."""


def chats(
    start: int,
    end: int,
    finish_ms: int,
    slots: int,
    handling_ms: float,
    pressure: float,
    curve: tuple[int, tuple[float, ...]],
    draw: Random,
) -> list[tuple[int, int]]:
    """The chats (from, to) of an interval in which the agent is online, in order of their beginning.

    In the busiest hour as many want to come as `pressure` times the slots bear. Between 0 and `slots` chats run at one
    time; all end within `finish_ms` (at least `SHORTEST_MS`), and `FINISH_MS`, after `end`.
    """
    if not pressure:
        return []
    midnight, demand = curve
    full = pressure * slots / handling_ms  # arrivals a millisecond in the busiest hour
    taken: list[tuple[int, int]] = []
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
            running.pop(0)
        if len(running) < slots:
            begun = int(now)
            length = min(max(draw.gammavariate(2.0, handling_ms / 2), 20_000.0), 5 * handling_ms)
            last = max(end + int(draw.random() * finish_ms), begun + SHORTEST_MS)
            ending = min(begun + int(length), last)
            insort(running, ending)
            taken.append((begun, ending))
    return taken
