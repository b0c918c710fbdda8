from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS
from trunkline.simulator.demonstration import NORTHWIND
from trunkline.simulator.desk import SETTLE_MS

DESK = replace(NORTHWIND, agents=4).site.desk
"""So few that at night nobody is there."""
instants = st.integers(1_794_787_200_000, 1_794_787_200_000 + 14 * DAY_MS)


@given(instants)
def test_who_attends_is_logged_in_and_stays_for_a_moment(instant: int) -> None:
    staffed = DESK.next_staffed(instant, instant + 3 * DAY_MS)
    assert staffed is not None and staffed >= instant
    seat = DESK.attend(staffed, Random(instant))
    assert seat.start <= staffed and staffed + SETTLE_MS <= seat.end
    assert all(DESK.staffed(skill, staffed) for skill in seat.agent.skills)


@given(instants)
def test_nobody_is_there_before_the_next_who_is(instant: int) -> None:
    until = instant + 8 * HOUR_MS
    for before in range(instant, DESK.next_staffed(instant, until) or until, 15 * MINUTE_MS):
        assert not any(DESK.staffed(skill, before) for skill in ("general", "sales", "service", "technical"))
