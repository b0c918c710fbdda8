"""Which parts, handled by whom, make one chat."""

from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import HOUR_MS
from trunkline.simulator.demonstration import NORTHWIND
from trunkline.simulator.duty_plan import Leg
from trunkline.simulator.team import (
    LEADS_MS,
    LONGEST_WAIT_MS,
    MOST_LEGS,
    SHORTEST_WAIT_MS,
    contacts,
)

PEOPLE = replace(NORTHWIND, agents=6).people


@st.composite
def legs(draw: st.DrawFn) -> list[Leg]:
    found = []
    for index in range(draw(st.integers(0, 60))):
        begun = draw(st.integers(0, HOUR_MS))
        agent = PEOPLE[draw(st.integers(0, 5))]
        ended = begun + draw(st.integers(15_000, 600_000))
        found.append(Leg(agent, 1, index, begun, ended, cut=draw(st.booleans())))
    return found


@given(legs(), st.integers(0, 1000))
def test_every_leg_belongs_to_one_chat(found: list[Leg], seed: int) -> None:
    made = contacts(found, Random(seed))
    assert sorted(id(leg) for one in made for leg in one.legs) == sorted(id(leg) for leg in found)
    assert len({one.key for one in made}) == len(made)


@given(legs(), st.integers(0, 1000))
def test_a_chat_goes_on_with_another_agent_soon_after_the_first(found: list[Leg], seed: int) -> None:
    for one in contacts(found, Random(seed)):
        assert len(one.legs) <= MOST_LEGS
        for before, after in pairwise(one.legs):
            assert before.agent.id != after.agent.id and not before.cut
            assert SHORTEST_WAIT_MS <= after.begun - before.ended <= LONGEST_WAIT_MS


@given(legs(), st.integers(0, 1000))
def test_a_visitor_comes_before_asking_and_asks_before_the_agent_connects(
    found: list[Leg], seed: int
) -> None:
    for one in contacts(found, Random(seed)):
        assert one.start < one.requested < one.legs[0].begun <= one.start + LEADS_MS
