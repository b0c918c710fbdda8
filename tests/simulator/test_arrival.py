"""Episodes that overlap become one stream."""

from functools import partial
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.events.agents import AgentHeartbeat
from trunkline.simulator.arrival import Arrival, Episode, Network, in_order, unfold

spans = st.lists(
    st.tuples(st.integers(0, 10 * HOUR_MS), st.lists(st.integers(0, 3 * HOUR_MS), max_size=5)), max_size=12
).map(sorted)
splits = st.integers(0, 14 * HOUR_MS)


def episode(number: int, start: int, offsets: list[int]) -> Episode:
    arrivals: list[Arrival] = [
        (start + offset, AgentHeartbeat(event_id=f"{number}-{at}", timestamp=start, agent_id=1))
        for at, offset in enumerate(offsets)
    ]
    return Episode(start, start + max(offsets, default=0) + 1, lambda: arrivals)


@given(spans, splits, splits)
def test_a_period_has_what_arrives_in_it_in_order(
    found: list[tuple[int, list[int]]], one: int, other: int
) -> None:
    start, end = sorted((one, other))
    episodes = [episode(number, *span) for number, span in enumerate(found)]
    everything = [arrival for one in episodes for arrival in one.arrivals()]
    expected = sorted(arrival[0] for arrival in everything if start <= arrival[0] < end)
    assert [received for received, _ in in_order(episodes, start, end)] == expected


@given(spans, splits)
def test_two_halves_are_the_whole(found: list[tuple[int, list[int]]], middle: int) -> None:
    episodes = [episode(number, *span) for number, span in enumerate(found)]
    whole = list(in_order(episodes, 0, 20 * HOUR_MS))
    assert [*in_order(episodes, 0, middle), *in_order(episodes, middle, 20 * HOUR_MS)] == whole


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.lists(st.integers(0, 500), max_size=6)), max_size=8).map(
        sorted
    )
)
def test_groups_that_overlap_are_unfolded_in_order_of_start(found: list[tuple[int, list[int]]]) -> None:
    groups = [
        (start, partial(list, [episode(0, start + offset, []) for offset in offsets]))
        for start, offsets in found
    ]
    # A last group, since what follows the newest group's start is only known when another one has come.
    unfolded = [one.start for one in unfold([*groups, (2000, partial(list, []))])]
    assert unfolded == sorted(start + offset for start, offsets in found for offset in offsets)


@given(st.integers(0, 10_000))
def test_each_event_arrives_once_or_twice_within_the_reach(seed: int) -> None:
    network = Network(slow=0.2, delayed=0.2, late=0.2, resent=0.5)
    events = [AgentHeartbeat(event_id=str(at), timestamp=at * MINUTE_MS, agent_id=1) for at in range(20)]
    arrivals = network.deliver(events, Random(seed))
    assert {event.event_id for _, event in arrivals} == {event.event_id for event in events}
    assert all(0 <= received - event.timestamp <= network.reach_ms for received, event in arrivals)
