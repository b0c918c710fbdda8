from collections import defaultdict
from datetime import UTC, datetime

import pytest

from trunkline.clock import DAY_MS
from trunkline.events.agents import AgentEvent
from trunkline.events.envelope import Event
from trunkline.simulator.arrival import Arrival
from trunkline.simulator.demonstration import NORTHWIND

MONDAY = int(datetime(2026, 11, 16, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="session")
def week() -> list[Arrival]:
    """What Northwind's agents did in one week, some of which arrives later."""
    end = MONDAY + 7 * DAY_MS
    arrivals = NORTHWIND.arrivals(MONDAY, end + NORTHWIND.network.reach_ms)
    return [
        arrival for arrival in arrivals if isinstance(arrival[1], AgentEvent) and arrival[1].timestamp < end
    ]


@pytest.fixture(scope="session")
def day() -> list[Arrival]:
    """What happened in Northwind on one Monday, or before and arrived then; some of it arrives later."""
    end = MONDAY + DAY_MS
    arrivals = NORTHWIND.arrivals(MONDAY, end + NORTHWIND.network.reach_ms)
    return [arrival for arrival in arrivals if arrival[1].timestamp < end]


@pytest.fixture(scope="session")
def events(day: list[Arrival]) -> list[Event]:
    """The same in order of their timestamps, each once."""
    found = {event.event_id: event for _, event in day}
    return sorted(found.values(), key=lambda event: event.timestamp)


@pytest.fixture(scope="session")
def by_agent(week: list[Arrival]) -> dict[int, list[AgentEvent]]:
    """Each agent's events in order of their timestamps, each once; without what began before the week."""
    events: dict[int, dict[str, AgentEvent]] = defaultdict(dict)
    for _, event in week:
        assert isinstance(event, AgentEvent)
        events[event.agent_id][event.event_id] = event
    whole = {}
    for agent, found in events.items():
        ordered = sorted(found.values(), key=lambda event: event.timestamp)
        logins = [at for at, event in enumerate(ordered) if type(event).__name__ == "AgentLogin"]
        if logins:
            whole[agent] = ordered[logins[0] :]
    return whole
