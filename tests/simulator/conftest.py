from collections import defaultdict
from datetime import UTC, datetime

import pytest

from simulator.told import Told
from trunkline.events.agents import AgentEvent
from trunkline.simulator.arrival import Arrival
from trunkline.simulator.demonstration import NORTHWIND

MONDAY = int(datetime(2026, 11, 16, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="session")
def week() -> list[Arrival]:
    """What Northwind's agents did in one week."""
    return [one for one in Told.by(NORTHWIND, MONDAY, 7 * 24).arrivals if isinstance(one[1], AgentEvent)]


@pytest.fixture(scope="session")
def told() -> Told:
    """What happened in Northwind on one Monday."""
    return Told.by(NORTHWIND, MONDAY, 24)


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
