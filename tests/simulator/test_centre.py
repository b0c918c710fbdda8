import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from dataclasses import replace
from functools import cache
from hashlib import sha256
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.told import Told
from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, hour_of
from trunkline.events.agents import (
    AgentConcurrency,
    AgentEvent,
    AgentHeartbeat,
    AgentLogin,
    AgentLogout,
    AgentState,
)
from trunkline.events.visits import VisitStarted
from trunkline.simulator.agent_day import Console
from trunkline.simulator.arrival import Arrival
from trunkline.simulator.centre import Centre
from trunkline.simulator.demonstration import CONTOSO, NORTHWIND

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z
SMALL = replace(NORTHWIND, agents=12, visits=120)
PROBES = 200 if os.environ.get("TRUNKLINE_TEST_LONG") else 15


def wire(arrivals: list[Arrival]) -> list[tuple[int, bytes]]:
    return [(received, msgspec.json.encode(event)) for received, event in arrivals]


def test_the_same_seed_gives_the_same_events_with_the_same_ids() -> None:
    again = replace(SMALL)
    assert wire(list(SMALL.arrivals(MONDAY, MONDAY + DAY_MS))) == wire(
        list(again.arrivals(MONDAY, MONDAY + DAY_MS))
    )


DIGEST = """
import sys
from hashlib import sha256
import msgspec
from trunkline.simulator.demonstration import centre_of
start, end = map(int, sys.argv[1:])
digest = sha256()
for received, event in centre_of("75555851", agents=12, visits=120).arrivals(start, end):
    digest.update(b"%d" % received + msgspec.json.encode(event))
print(digest.hexdigest())
"""


def test_another_process_gives_the_same_events() -> None:
    digest = sha256()
    for received, event in wire(list(SMALL.arrivals(MONDAY, MONDAY + DAY_MS))):
        digest.update(b"%d" % received + event)
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, str(MONDAY), str(MONDAY + DAY_MS)],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == digest.hexdigest(), done.stderr


def test_another_seed_gives_other_events() -> None:
    ours = {event.event_id for _, event in SMALL.arrivals(MONDAY, MONDAY + DAY_MS)}
    theirs = {event.event_id for _, event in replace(SMALL, seed=2).arrivals(MONDAY, MONDAY + DAY_MS)}
    assert ours.isdisjoint(theirs)


def test_two_accounts_share_no_event() -> None:
    ours = {event.event_id for _, event in SMALL.arrivals(MONDAY, MONDAY + DAY_MS)}
    theirs = {event.event_id for _, event in replace(CONTOSO, visits=120).arrivals(MONDAY, MONDAY + DAY_MS)}
    assert ours.isdisjoint(theirs)


@cache
def two_days() -> list[tuple[int, bytes]]:
    return wire(list(SMALL.arrivals(MONDAY, MONDAY + 2 * DAY_MS)))


@settings(max_examples=PROBES, deadline=None)
@given(splits=st.lists(st.integers(0, 2 * DAY_MS), max_size=3).map(sorted))
def test_a_period_is_the_same_however_it_is_split(splits: list[int]) -> None:
    borders = [MONDAY, *(MONDAY + split for split in splits), MONDAY + 2 * DAY_MS]
    parts = [arrival for start, end in pairwise(borders) for arrival in SMALL.arrivals(start, end)]
    assert wire(parts) == two_days()


def test_a_split_at_an_arrival_itself_neither_loses_nor_doubles_it() -> None:
    whole = list(SMALL.arrivals(MONDAY, MONDAY + DAY_MS))
    for received, _ in whole[:: len(whole) // 20]:
        parts = [*SMALL.arrivals(MONDAY, received), *SMALL.arrivals(received, MONDAY + DAY_MS)]
        assert wire(parts) == wire(whole)


def test_a_week_takes_no_more_memory_than_a_day() -> None:
    peaks = {}
    for days in (1, 7):
        centre = replace(SMALL)  # whose caches are empty
        tracemalloc.start()
        events = sum(1 for _ in centre.arrivals(MONDAY, MONDAY + days * DAY_MS))
        peaks[events] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    (few, small), (many, large) = sorted(peaks.items())
    assert many > 4 * few and large < 2 * small


def test_a_larger_centre_has_the_same_people_and_more() -> None:
    assert replace(NORTHWIND, agents=200).people[:60] == NORTHWIND.people


@pytest.mark.parametrize("whose", ["agents", "everybody"])
def test_one_event_in_a_hundred_is_sent_again_and_one_in_a_thousand_is_late(
    whose: str, week: list[Arrival], told: Told
) -> None:
    arrivals = week if whose == "agents" else told.arrivals
    times = Counter(event.event_id for _, event in arrivals)
    resent = sum(1 for count in times.values() if count == 2) / len(times)
    grace = NORTHWIND.network.grace_ms
    late = sum(received - event.timestamp > grace + MINUTE_MS for received, event in arrivals) / len(arrivals)
    assert max(times.values()) == 2
    assert 0.007 < resent < 0.013
    assert 0.0004 < late < 0.0018
    assert max(received - event.timestamp for received, event in arrivals) <= NORTHWIND.network.reach_ms


def sessions(events: list[AgentEvent]) -> list[list[AgentEvent]]:
    found: list[list[AgentEvent]] = []
    for event in events:
        if isinstance(event, AgentLogin):
            found.append([])
        found[-1].append(event)
    return found


def test_a_session_begins_with_a_log_in_and_nothing_follows_its_log_out(
    by_agent: dict[int, list[AgentEvent]],
) -> None:
    for events in by_agent.values():
        for session in sessions(events):
            assert isinstance(session[0], AgentLogin)
            assert not any(isinstance(event, AgentLogout) for event in session[:-1])


def test_few_sessions_lack_their_log_out(by_agent: dict[int, list[AgentEvent]]) -> None:
    ended = [session for events in by_agent.values() for session in sessions(events)[:-1]]
    unfinished = [session for session in ended if not isinstance(session[-1], AgentLogout)]
    assert 0 < len(unfinished) / len(ended) < 0.12


def test_nobody_works_longer_than_fourteen_hours(by_agent: dict[int, list[AgentEvent]]) -> None:
    for events in by_agent.values():
        for session in sessions(events):
            assert session[-1].timestamp - session[0].timestamp < 14 * HOUR_MS


def test_no_two_events_of_an_agent_share_a_millisecond(by_agent: dict[int, list[AgentEvent]]) -> None:
    for events in by_agent.values():
        assert all(before.timestamp < after.timestamp for before, after in pairwise(events))


def test_chats_stay_between_none_and_the_slots_and_change_one_at_a_time(
    by_agent: dict[int, list[AgentEvent]],
) -> None:
    slots = {agent.id: agent.slots for agent in NORTHWIND.people}
    for agent, events in by_agent.items():
        running = 0
        for event in events:
            if isinstance(event, AgentConcurrency):
                assert event.previous_concurrent_engagements == running
                assert abs(event.concurrent_engagements - running) == 1
            running = event.concurrent_engagements or 0
            assert 0 <= running <= slots[agent]


def test_what_an_event_says_was_before_is_what_was_before(by_agent: dict[int, list[AgentEvent]]) -> None:
    for events in by_agent.values():
        for session in sessions(events):
            assert session[0].previous_state == AgentState.OFFLINE
            for before, after in pairwise(session):
                assert after.previous_state == before.state
                assert after.previous_concurrent_engagements == before.concurrent_engagements


def test_no_chat_begins_while_the_agent_is_away(by_agent: dict[int, list[AgentEvent]]) -> None:
    for events in by_agent.values():
        for event in events:
            if isinstance(event, AgentConcurrency) and event.state != AgentState.ONLINE:
                before = event.previous_concurrent_engagements
                assert before is not None and event.concurrent_engagements < before


def test_a_session_id_is_given_once(by_agent: dict[int, list[AgentEvent]]) -> None:
    logins = [event for events in by_agent.values() for event in events if isinstance(event, AgentLogin)]
    assert len({event.session_id for event in logins}) == len(logins)


def hourly(week: list[Arrival], first_day: int, end_day: int) -> Counter[int]:
    """Events by UTC hour of the day; Amsterdam is an hour ahead in November."""
    start, end = MONDAY + first_day * DAY_MS, MONDAY + end_day * DAY_MS
    return Counter(
        hour_of(event.timestamp) % DAY_MS // HOUR_MS for _, event in week if start <= event.timestamp < end
    )


def test_the_day_is_busier_than_the_night(week: list[Arrival]) -> None:
    hours = hourly(week, 0, 5)
    assert max(hours, key=lambda hour: hours[hour]) in range(7, 17)
    assert sum(hours[hour] for hour in range(0, 4)) * 5 < sum(hours[hour] for hour in range(9, 13))


def test_the_weekend_is_quieter(week: list[Arrival]) -> None:
    weekdays = hourly(week, 0, 5).total() / 5
    weekend = hourly(week, 5, 7).total() / 2
    assert 0 < weekend < 0.7 * weekdays


def test_contoso_lives_by_the_clock_of_new_york() -> None:
    hours = Counter(
        hour_of(event.timestamp) % DAY_MS // HOUR_MS
        for _, event in CONTOSO.arrivals(MONDAY, MONDAY + 5 * DAY_MS)
    )
    assert max(hours, key=lambda hour: hours[hour]) in range(13, 23)


def test_contoso_leaves_out_what_was_before() -> None:
    events = [event for _, event in CONTOSO.arrivals(MONDAY, MONDAY + DAY_MS)]
    assert not any(isinstance(event, VisitStarted) and event.session_id for event in events)
    of_agents = [event for event in events if isinstance(event, AgentEvent)]
    assert of_agents
    for event in of_agents:
        assert event.previous_state is None and event.previous_concurrent_engagements is None
        assert not isinstance(event, AgentLogin) or event.session_id is None


def test_heartbeats_come_when_asked_for() -> None:
    beating = replace(SMALL, console=Console(heartbeat_minutes=2))
    beats = [
        event for _, event in beating.arrivals(MONDAY, MONDAY + DAY_MS) if isinstance(event, AgentHeartbeat)
    ]
    others = [event for _, event in SMALL.arrivals(MONDAY, MONDAY + DAY_MS)]
    assert len(beats) > 500
    assert not any(isinstance(event, AgentHeartbeat) for event in others)


def test_sessions_cross_midnight() -> None:
    centre = Centre("75555851", "UTC", agents=60, visits=0)
    spans: dict[str, list[int]] = {}
    current: dict[int, str] = {}
    for _, event in sorted(centre.arrivals(MONDAY, MONDAY + 2 * DAY_MS), key=lambda one: one[1].timestamp):
        assert isinstance(event, AgentEvent)
        if isinstance(event, AgentLogin):
            current[event.agent_id] = event.event_id
        if event.agent_id in current:
            spans.setdefault(current[event.agent_id], []).append(event.timestamp)
    midnight = MONDAY + DAY_MS
    assert any(min(times) < midnight < max(times) for times in spans.values())


def test_names_have_many_scripts() -> None:
    names = "".join(agent.user_name for agent in NORTHWIND.people)
    for letter_of in ("Ѐӿ", "ͰϿ", "֐׿", "؀ۿ", "一龥"):
        assert any(letter_of[0] <= letter <= letter_of[1] for letter in names), letter_of
    assert all(agent.login_name.isascii() for agent in NORTHWIND.people)
    assert len({agent.login_name for agent in NORTHWIND.people}) == 60
