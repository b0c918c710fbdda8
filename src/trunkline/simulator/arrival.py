"""How events reach the collector: soon, later, twice, out of order. And how what happens at one time becomes one stream."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, groupby
from math import inf
from operator import itemgetter
from random import Random

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.events.envelope import Event

Arrival = tuple[int, Event]
"""When an event is received (epoch ms), and the event. A re-sent event is the same object a second time."""

received_at = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Network:
    """The faults between a console and the collector, as shares of all events."""

    slow: float = 0.08
    """Arrive up to ten seconds later, so out of order."""
    delayed: float = 0.01
    """Arrive at any time within the grace."""
    late: float = 0.001
    """Arrive after the grace."""
    resent: float = 0.01
    """Arrive a second time, within a minute."""
    grace_ms: int = 10 * MINUTE_MS
    latest_ms: int = 3 * HOUR_MS
    """The longest delay of all."""

    def deliver(self, events: Iterable[Event], draw: Random) -> list[Arrival]:
        """Each event at least once, never before it happened."""
        arrivals: list[Arrival] = []
        chance, troubled = draw.random, self.late + self.delayed + self.slow
        for event in events:
            luck = chance()
            delay = 30 + int(luck * 300) if luck >= troubled else self._delay(luck, draw)
            received = event.timestamp + delay
            arrivals.append((received, event))
            if chance() < self.resent:
                arrivals.append((received + draw.randint(500, MINUTE_MS), event))
        return arrivals

    @property
    def reach_ms(self) -> int:
        """Nothing arrives later than this after it happened."""
        return self.latest_ms + MINUTE_MS

    def _delay(self, luck: float, draw: Random) -> int:
        if luck < self.late:
            return draw.randint(self.grace_ms + 1, self.latest_ms)
        if luck < self.late + self.delayed:
            return draw.randint(10_000, self.grace_ms)
        return draw.randint(500, 10_000)


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happens in a centre: an agent's day, a visit, a conversation."""

    start: int
    """Nothing of it arrives before this (epoch ms)."""
    over: int
    """Everything of it has arrived before this (epoch ms)."""
    arrivals: Callable[[], list[Arrival]]
    """All of it, the same each time."""


def unfold(groups: Iterable[tuple[int, Callable[[], list[Episode]]]]) -> Iterator[Episode]:
    """Episodes in order of their start, of groups that come in order of an instant before which none of theirs starts."""
    begun: list[tuple[int, int, Episode]] = []
    number = count()
    for start, episodes in groups:
        while begun and begun[0][0] < start:
            yield heappop(begun)[2]
        for episode in episodes():
            heappush(begun, (episode.start, next(number), episode))


def in_order(episodes: Iterable[Episode], start: int, end: int | None) -> Iterator[Arrival]:
    """What arrives in `[start, end)`, in order of its arrival, of episodes that come in order of their start.

    Episodes are worked out a minute at a time, so only what is under way is in memory. Where several arrive in the same
    millisecond their order is that of the episodes, whatever `start` was.
    """
    waiting: defaultdict[int, list[Arrival]] = defaultdict(list)
    reached = start // MINUTE_MS
    stop: float = inf if end is None else end
    for minute, beginning in groupby(episodes, key=lambda episode: episode.start // MINUTE_MS):
        if minute * MINUTE_MS >= stop:
            break
        for due in range(reached, minute):
            yield from sorted(waiting.pop(due, ()), key=received_at)
        reached = max(reached, minute)
        for episode in beginning:
            if episode.over > start:
                for arrival in episode.arrivals():
                    if start <= arrival[0] < stop:
                        waiting[arrival[0] // MINUTE_MS].append(arrival)
    for due in sorted(waiting):
        yield from sorted(waiting[due], key=received_at)
