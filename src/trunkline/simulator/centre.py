"""A contact centre: its people, its calendar, its demand and its network as one stream of events."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from operator import attrgetter
from zoneinfo import ZoneInfo

from trunkline.events.envelope import Event
from trunkline.simulator import stories
from trunkline.simulator.agent_day import Console, agent_day
from trunkline.simulator.arrival import Arrival, Episode, Network, in_order, unfold
from trunkline.simulator.chance import identity, stream
from trunkline.simulator.demand import Demand
from trunkline.simulator.desk import Desk
from trunkline.simulator.duty_plan import DutyPlan, plan
from trunkline.simulator.messaging import span
from trunkline.simulator.people import Agent, Group, hire
from trunkline.simulator.shift import Duty, Rota
from trunkline.simulator.shop import open_shop
from trunkline.simulator.site import Site
from trunkline.simulator.team import LEADS_MS, TEAM, Contact, contacts
from trunkline.simulator.traffic import Coming, comings

GROUPS = (
    Group(101, "Sales North", "north", "sales", slots=3, handling_minutes=9),
    Group(102, "Sales South", "south", "sales", slots=3, handling_minutes=9),
    Group(201, "Service North", "north", "service", slots=4, handling_minutes=11),
    Group(202, "Service South", "south", "service", slots=4, handling_minutes=11),
    Group(301, "Technical support", "central", "technical", slots=2, handling_minutes=16),
)
VISITS_PER_AGENT = 30
CHATTING, WRITING = 0.3, 0.06
"""Of all visitors so many chat, and begin a messaging conversation."""
ALL_BEAR = 1.2
"""More chats than that, to what the slots bear, are not taken: visitors then look around only."""


@dataclass(frozen=True)
class Centre:
    """A simulated contact centre. Two with equal fields send the same events."""

    account: str
    time_zone: str
    agents: int
    visits: int | None = None
    """How many on an ordinary Monday; None: as many as agents of that number are used to."""
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
        streams = unfold(self._team_days(start)), self._passers_by(start), self._writers(start)
        return in_order(heapq.merge(*streams, key=attrgetter("start")), start, end)

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

    @cached_property
    def site(self) -> Site:
        """What visitors meet; where agents' sessions have ids of their own, some visits have too."""
        shop = open_shop(self.domain)
        return Site(self.seed, self.account, shop, Desk(self.rota), self.console.session_ids)

    @cached_property
    def monday_visits(self) -> int:
        return VISITS_PER_AGENT * self.agents if self.visits is None else self.visits

    @cached_property
    def pressure(self) -> float:
        """How many chats are wanted in the busiest hour, to what all slots bear; the curve was measured."""
        wanted = CHATTING * self.monday_visits / self.agents
        return min(ALL_BEAR, wanted / (55 - 0.45 * min(wanted, 60)))

    def _team_days(self, start: int) -> Iterator[tuple[int, Callable[[], list[Episode]]]]:
        """When the first visitor of a team's day comes, and all that is of it."""
        for day in _days(datetime.fromtimestamp(start / 1000, self.zone).date() - timedelta(1)):
            teams: defaultdict[int, list[Duty]] = defaultdict(list)
            for duty in self.rota.duties(day):
                teams[duty.agent.index // TEAM].append(duty)
            for number, duties in sorted(teams.items(), key=lambda team: team[1][0].start):
                last = max(duty.end for duty in duties)
                if last + stories.AFTERWARDS_MS + self.network.reach_ms > start:
                    yield duties[0].start - LEADS_MS, partial(self._team_day, number, day, duties)

    def _team_day(self, number: int, day: date, duties: list[Duty]) -> list[Episode]:
        minutes = self.console.heartbeat_minutes
        plans = [plan(self.seed, self.account, duty, self.demand, self.pressure, minutes) for duty in duties]
        days = [self._agent_day(one) for one in plans]
        draw = stream(self.seed, self.account, "team", number, day.toordinal())
        legs = [leg for one in plans for leg in one.legs]
        return days + [self._chat(contact) for contact in contacts(legs, draw)]

    def _agent_day(self, planned: DutyPlan) -> Episode:
        duty = planned.duty
        key = ("agent", duty.agent.id, duty.day.toordinal())
        prefix = identity(self.seed, self.account, *key)
        told = partial(agent_day, self.account, planned, self.console, prefix)
        # Events that would share a millisecond are moved apart: a second is more than they ever need.
        return self._episode(duty.start, duty.end + 1000, key, told)

    def _chat(self, contact: Contact) -> Episode:
        over = contact.ended + stories.AFTERWARDS_MS
        told = partial(stories.chats, self.site, contact)
        return self._episode(contact.start, over, ("chat", *contact.key), told)

    def _passers_by(self, start: int) -> Iterator[Episode]:
        per_day = (1 - CHATTING - WRITING) * self.monday_visits
        for coming in self._comings("around", per_day, start - stories.AROUND_MS):
            over = coming.instant + stories.AROUND_MS
            told = partial(stories.looks_around, self.site, coming)
            yield self._episode(coming.instant, over, ("around", coming.quarter, coming.number), told)

    def _writers(self, start: int) -> Iterator[Episode]:
        for coming in self._comings("writing", WRITING * self.monday_visits, start - stories.LONGEST_MS):
            over = coming.instant + stories.WRITING_MS + span(coming.luck)
            told = partial(stories.writes, self.site, coming)
            yield self._episode(coming.instant, over, ("writing", coming.quarter, coming.number), told)

    def _comings(self, subject: str, per_day: float, start: int) -> Iterator[Coming]:
        first = start - self.network.reach_ms
        return comings(self.seed, self.account, subject, self.demand, per_day, first)

    def _episode(
        self, start: int, over: int, key: tuple[object, ...], told: Callable[[], list[Event]]
    ) -> Episode:
        """`over`: nothing happens later; some of it arrives later."""
        return Episode(start, over + self.network.reach_ms, partial(self._deliver, key, told))

    def _deliver(self, key: tuple[object, ...], told: Callable[[], list[Event]]) -> list[Arrival]:
        return self.network.deliver(told(), stream(self.seed, self.account, "network", *key))


def _days(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(1)
