"""Whatever the seed and the size of a centre, what it tells fits together."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.invariants import INVARIANTS
from simulator.told import Told
from trunkline.clock import DAY_MS, HOUR_MS
from trunkline.simulator.centre import Centre

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z
SEEDS = 100 if os.environ.get("TRUNKLINE_TEST_LONG") else 8
centres = st.builds(
    Centre,
    account=st.just("4711"),
    time_zone=st.sampled_from(("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu")),
    agents=st.integers(1, 40),
    visits=st.integers(0, 400),
    seed=st.integers(0, 2**40),
)


@pytest.mark.parametrize("holds", INVARIANTS, ids=lambda one: one.__name__)
def test_in_northwind(holds: Callable[[Told], None], told: Told) -> None:
    holds(told)


@settings(max_examples=SEEDS, deadline=None)
@given(centres, st.integers(0, 500), st.integers(0, 23))
def test_in_any_centre_at_any_time(centre: Centre, day: int, hour: int) -> None:
    told = Told.by(centre, MONDAY + day * DAY_MS + hour * HOUR_MS, 20)
    for holds in INVARIANTS:
        holds(told)
