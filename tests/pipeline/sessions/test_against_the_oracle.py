"""Random histories, cut into random runs: the job tells what the oracle tells."""

import os
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pipeline.sessions.histories import history, ranges
from tests.pipeline.sessions.running import CONTOSO, NORTHWIND, RULES, T0, Pipeline, Reference, assert_same

from trunkline.clock import HOUR_MS, MINUTE_MS

LONG = os.environ.get("TRUNKLINE_TEST_LONG") == "1"
HOURS = 16
SEEDS = range(120 if LONG else 6)
KINDS = ["agentActivity", "visits"]


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
    events = history(random, kind, hours=HOURS, actors=40, events=30, lateness="any")
    compare(kind, events, list(ranges(random, HOURS, longest)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_events_within_the_grace_come_out_as_the_oracle_says(kind, seed):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=40, events=30, lateness="grace")
    compare(kind, events, list(ranges(random, HOURS, 4)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_input_makes_no_difference(kind, seed):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=25, events=30, lateness="any")
    compare(kind, events, list(ranges(random, HOURS, 3)), shuffle=seed)
