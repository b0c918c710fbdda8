"""Random histories, cut into random runs: the job tells what the oracle tells."""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pipeline.sessions.histories import history, ranges
from tests.pipeline.sessions.running import CONTOSO, NORTHWIND, RULES, T0, Pipeline, Reference, assert_same

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.types import KINDS

LONG = os.environ.get("TRUNKLINE_TEST_LONG") == "1"
HOURS = 16
SEEDS = range(60 if LONG else 3)
ACTORS = 90


def compare(kind, events, calls, *, rules=None, shuffle=None):
    """Every call tells what the oracle tells of it."""
    pipeline, reference, keys = Pipeline(kind, rules), Reference(rules or RULES[kind]), {}
    for first_hour, end_hour in calls:
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        outcome = pipeline.run(new, first_hour, end_hour, shuffle=shuffle)
        assert_same(outcome, reference.run(new, first_hour, end_hour), kind, keys)


@pytest.mark.parametrize("longest", [1, 5, HOURS])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_events_of_any_lateness_come_out_as_the_oracle_says(kind, seed, longest):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=ACTORS, events=30, lateness="any")
    compare(kind, events, list(ranges(random, HOURS, longest)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_events_within_the_grace_come_out_as_the_oracle_says(kind, seed):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=ACTORS, events=30, lateness="grace")
    compare(kind, events, list(ranges(random, HOURS, 4)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_input_makes_no_difference(kind, seed):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=ACTORS, events=30, lateness="any")
    compare(kind, events, list(ranges(random, HOURS, 3)), shuffle=seed)


lengths = st.integers(1, 16).map(lambda steps: steps * 15 * MINUTE_MS)
switched_on = {
    "agentActivity": st.fixed_dictionaries({"agentActivity": st.sampled_from(["1.0.0.4", "1.0.0.35"])}),
    "visits": st.dictionaries(
        st.sampled_from(["webSession", "engagement", "survey"]),
        st.sampled_from(["1.0.0.22", "1.0.0.35"]),
        min_size=1,
    ),
}
types = {
    "agentActivity": ["login", "logout", "status", "concurrency", "heartbeat"],
    "visits": [
        *("visit.started", "visit.ended", "visit.page", "conversation.line", "survey.shown"),
        *("talk.requested", "talk.ended", "talk.line"),
    ],
}
instants = st.integers(-1, 30).map(lambda steps: steps * 15 * MINUTE_MS)


def rules(kind):
    return st.builds(
        SessionRules,
        inactivity=lengths,
        maximum=lengths,
        messaging_inactivity=lengths,
        messaging_maximum=lengths,
        drop_late=st.booleans(),
        versions=switched_on[kind],
    )


def happenings(kind):
    return st.lists(
        st.tuples(
            st.sampled_from(types[kind]),
            instants,
            st.sampled_from([0, 0, 0, 1, -1]),
            st.sampled_from([0, 0, 5, 9, 20, 80, 200]),
        ),
        max_size=12,
    )


def told_of(account, number, serial, happening):
    """The event of an agent, or of a visitor who also has a messaging conversation (`talk`)."""
    name, instant, shift, delay = happening
    who = {"agentId": number}
    if "." in name:
        messaging = {"conversationType": "MESSAGING"} if name.startswith("talk") else {}
        who = {"visitorId": f"v{number}", "conversationId": f"c{number}", **messaging}
    return {
        "type": name.replace("talk", "conversation") if "." in name else f"agent.{name}",
        "eventId": f"{serial:02d}",
        "timestamp": T0 + instant + shift,
        "accountId": account,
        "receivedAt": max(T0, T0 + instant + delay * MINUTE_MS),
        **who,
    }


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(
    max_examples=1000 if LONG else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not LONG,
)
def test_a_small_history_comes_out_as_the_oracle_says_whatever_the_rules(kind, data):
    accounts = data.draw(st.fixed_dictionaries({NORTHWIND: rules(kind), CONTOSO: rules(kind)}))
    actors = st.lists(st.tuples(st.sampled_from(list(accounts)), happenings(kind)), min_size=1, max_size=9)
    events = [
        told_of(account, number, serial, happening)
        for number, (account, happened) in enumerate(data.draw(actors))
        for serial, happening in enumerate(happened)
    ]
    cuts = data.draw(st.lists(st.integers(1, 4), min_size=3, max_size=3))
    ends = [T0 + sum(cuts[: count + 1]) * HOUR_MS for count in range(3)] + [T0 + 16 * HOUR_MS]
    compare(kind, events, list(zip([T0, *ends[:-1]], ends, strict=True)), rules=accounts)
