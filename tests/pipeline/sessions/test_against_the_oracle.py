"""Random histories, cut into random runs: the job tells what the oracle tells."""

import os
from random import Random

import pytest
from histories import history, ranges
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import CONTOSO, NORTHWIND, T0, Pipeline, Reference, assert_same, told

from trunkline.clock import HOUR_MS, MINUTE_MS

LONG = os.environ.get("TRUNKLINE_TEST_LONG") == "1"
HOURS = 16
SEEDS = range(120 if LONG else 6)


def compare(events, calls, *, shuffle=None):
    pipeline, reference, keys = Pipeline(), Reference(), {}
    for first_hour, end_hour in calls:
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        outcome = pipeline.run(new, first_hour, end_hour, shuffle=shuffle)
        assert_same(outcome, reference.run(new, first_hour, end_hour), keys)


@pytest.mark.parametrize("longest", [1, 5, HOURS])
@pytest.mark.parametrize("seed", SEEDS)
def test_events_of_any_lateness_come_out_as_the_oracle_says(seed, longest):
    random = Random(seed)
    events = history(random, hours=HOURS, actors=40, events=30, lateness="any")
    compare(events, list(ranges(random, HOURS, longest)))


@pytest.mark.parametrize("seed", SEEDS)
def test_events_within_the_grace_come_out_as_the_oracle_says(seed):
    random = Random(seed)
    events = history(random, hours=HOURS, actors=40, events=30, lateness="grace")
    compare(events, list(ranges(random, HOURS, 4)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_input_makes_no_difference(seed):
    random = Random(seed)
    events = history(random, hours=HOURS, actors=25, events=30, lateness="any")
    calls = list(ranges(random, HOURS, 3))
    plain, shuffled = Pipeline(), Pipeline()
    for first_hour, end_hour in calls:
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        expected = plain.run(new, first_hour, end_hour)
        outcome = shuffled.run(new, first_hour, end_hour, shuffle=seed)
        assert sorted(told(outcome)[0], key=repr) == sorted(told(expected)[0], key=repr)
        assert sorted(told(outcome)[1]) == sorted(told(expected)[1])


minutes = st.integers(-1, 30).map(lambda steps: steps * 15 * MINUTE_MS)
events_of_an_agent = st.lists(
    st.tuples(
        st.sampled_from(
            ["agent.login", "agent.logout", "agent.status", "agent.concurrency", "agent.heartbeat"]
        ),
        minutes,
        st.sampled_from([0, 0, 0, 1, -1]),
        st.sampled_from([0, 0, 5, 9, 20, 80, 200]),
    ),
    max_size=12,
)


@given(
    agents=st.lists(
        st.tuples(st.sampled_from([NORTHWIND, CONTOSO]), events_of_an_agent), min_size=1, max_size=3
    ),
    cuts=st.lists(st.integers(1, 4), min_size=3, max_size=3),
)
@settings(
    max_examples=1500 if LONG else 80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not LONG,
)
def test_a_small_history_comes_out_as_the_oracle_says(agents, cuts):
    events = [
        {
            "accountId": account,
            "agentId": agent,
            "eventId": f"{serial:02d}",
            "type": event_type,
            "timestamp": T0 + instant + shift,
            "receivedAt": max(T0, T0 + instant + delay * MINUTE_MS),
        }
        for agent, (account, made) in enumerate(agents)
        for serial, (event_type, instant, shift, delay) in enumerate(made)
    ]
    ends = [T0 + sum(cuts[: count + 1]) * HOUR_MS for count in range(3)] + [T0 + 16 * HOUR_MS]
    compare(events, list(zip([T0, *ends[:-1]], ends, strict=True)))
