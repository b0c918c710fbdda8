"""A contact centre: its people, its calendar, its demand and its network as one stream of events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from trunkline.simulator.agent_day import Console, agent_day
from trunkline.simulator.arrival import Arrival, Network, in_order
from trunkline.simulator.chance import stream
from trunkline.simulator.demand import Demand
from trunkline.simulator.people import Agent, Group, hire
from trunkline.simulator.shift import Duty, Rota

GROUPS = (
    Group(101, "Sales North", "north", "sales", slots=3, handling_minutes=9),
    Group(102, "Sales South", "south", "sales", slots=3, handling_minutes=9),
    Group(201, "Service North", "north", "service", slots=4, handling_minutes=11),
    Group(202, "Service South", "south", "service", slots=4, handling_minutes=11),
    Group(301, "Technical support", "central", "technical", slots=2, handling_minutes=16),
)


@dataclass(frozen=True)
class Centre:
    """A simulated contact centre. Two with equal fields send the same events."""

    account: str
    time_zone: str
    agents: int
    seed: int = 1
    domain: str = "centre.example"
    groups: tuple[Group, ...] = GROUPS
    first_agent_id: int = 1001
    console: Console = field(default_factory=Console)
    network: Network = field(default_factory=Network)

    def arrivals(self, start: int, end: int | None = None) -> Iterator[Arrival]:
        """What reaches the collector in `[start, end)` (epoch ms), in that order; without `end` it never ends.

        The streams of `[a, b)` and `[b, c)`, one after the other, are that of `[a, c)`.
        """
        return in_order(self._agent_days(start), start, end)

    @cached_property
    def people(self) -> tuple[Agent, ...]:
        return hire(self.seed, self.account, self.domain, self.groups, self.agents, self.first_agent_id)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def demand(self) -> Demand:
        return Demand(self.seed, self.account, self.zone)

    @cached_property
    def rota(self) -> Rota:
        return Rota(self.seed, self.account, self.zone, self.people)

    def _agent_days(self, start: int) -> Iterator["AgentDay"]:
        for day in _days(datetime.fromtimestamp(start / 1000, self.zone).date() - timedelta(1)):
            for duty in self.rota.duties(day):
                yield AgentDay(self, duty)


@dataclass(frozen=True, slots=True)
class AgentDay:
    """The episode of one duty."""

    centre: Centre
    duty: Duty

    @property
    def start(self) -> int:
        return self.duty.start

    @property
    def over(self) -> int:
        # Events that would share a millisecond are moved apart: a second is more than they ever need.
        return self.duty.end + 1000 + self.centre.network.reach_ms

    def arrivals(self) -> list[Arrival]:
        centre, duty = self.centre, self.duty
        events = agent_day(centre.seed, centre.account, duty, centre.demand, centre.console)
        draw = stream(centre.seed, centre.account, "network", duty.agent.id, duty.day.toordinal())
        return centre.network.deliver(events, draw)


def _days(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(1)
