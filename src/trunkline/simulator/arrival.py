"""How events reach the collector: soon, later, twice, out of order. And how what happens at one time becomes one stream."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Protocol

from trunkline.clock import HOUR_MS, MINUTE_MS, hour_of
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
        for event in events:
            received = event.timestamp + self._delay(draw)
            arrivals.append((received, event))
            if draw.random() < self.resent:
                arrivals.append((received + draw.randint(500, MINUTE_MS), event))
        return arrivals

    @property
    def reach_ms(self) -> int:
        """Nothing arrives later than this after it happened."""
        return self.latest_ms + MINUTE_MS

    def _delay(self, draw: Random) -> int:
        luck = draw.random()
        if luck < self.late:
            return draw.randint(self.grace_ms + 1, self.latest_ms)
        if luck < self.late + self.delayed:
            return draw.randint(10_000, self.grace_ms)
        if luck < self.late + self.delayed + self.slow:
            return draw.randint(500, 10_000)
        return 30 + int(luck * 300)


class Episode(Protocol):
    """Something that happens in a centre: an agent's day, later a visit or a conversation."""

    @property
    def start(self) -> int:
        """Nothing of it arrives before this (epoch ms)."""

    @property
    def over(self) -> int:
        """Everything of it has arrived before this (epoch ms)."""

    def arrivals(self) -> list[Arrival]:
        """All of it, the same each time."""


def in_order(episodes: Iterable[Episode], start: int, end: int | None) -> Iterator[Arrival]:
    """What arrives in `[start, end)`, in order of its arrival, of episodes that come in order of their start.

    Episodes are worked out an hour at a time, so only what is under way is in memory. Where several arrive in the same
    millisecond their order is that of the episodes, whatever `start` was.
    """
    waiting: list[Arrival] = []
    for hour, beginning in groupby(episodes, key=lambda episode: hour_of(episode.start)):
        if end is not None and hour >= end:
            break
        ready, waiting = _split(waiting, hour)
        yield from ready
        for episode in beginning:
            if episode.over > start:
                waiting += [arrival for arrival in episode.arrivals() if arrival[0] >= start]
        waiting.sort(key=received_at)
    yield from waiting if end is None else _split(waiting, end)[0]


def _split(waiting: list[Arrival], instant: int) -> tuple[list[Arrival], list[Arrival]]:
    at = bisect_left(waiting, instant, key=received_at)
    return waiting[:at], waiting[at:]
