"""An actor with more events than a run can settle: set aside and named, and nobody else is harmed."""

import json
from collections.abc import Callable
from typing import Any

from tests.pipeline.world import H0, NORTHWIND, Event, World, body, event, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.plan import Limits
from trunkline.segments.layout import LETTERS

NewWorld = Callable[[str], World]


def flood(start: int, count: int, agent: int = 9) -> list[Event]:
    return [event("concurrency", start + number, agent, concurrentEngagements=1) for number in range(count)]


def shift_of(count: int, start: int) -> list[Event]:
    """A session of so many events within a minute."""
    return [event("login", start), *flood(start + 1, count - 2), event("logout", start + MINUTE_MS)]


def agents(record: dict[str, Any]) -> int:
    (agent,) = {row["agentID"]["long"] for row in body(record)["agentSessionsData"]["array"]}
    return int(agent)


def test_the_flood_of_one_actor_is_set_aside_and_named_and_harms_nobody_else(world: World) -> None:
    limits = Limits(actor_events=50, bucket_events=20)
    world.received(
        *shift(H0, H0 + 5 * MINUTE_MS, agent=7), *flood(H0 + 1, 60), *shift(H0, H0 + MINUTE_MS, agent=12)
    )
    world.run(H0 + HOUR_MS, limits)
    assert {agents(record) for record in world.records()} == {7, 12}
    _, lines = sorted(world.store.list(LETTERS))
    (letter,) = [json.loads(line) for line in world.store.read(lines).splitlines()]
    assert letter["reason"] == "actor_flood"
    facts = json.loads(letter["body"])
    assert (facts["accountId"], facts["agentId"], facts["events"]) == (NORTHWIND, 9, 60)
    assert all(world.store.exists(key) for key in facts["segments"])

    world.received(*shift(H0 + HOUR_MS, H0 + HOUR_MS + MINUTE_MS))
    world.run(H0 + 2 * HOUR_MS, limits)
    assert [agents(record) for record in world.records()].count(9) == 1


def test_what_is_a_flood_does_not_depend_on_how_much_is_caught_up(world: World, new_world: NewWorld) -> None:
    limits = Limits(actor_events=50)
    busy = [one for hour in range(4) for one in shift_of(40, H0 + hour * HOUR_MS)]
    hourly = new_world("hourly")
    for one in (world, hourly):
        one.received(*busy)
    while world.run(H0 + 5 * HOUR_MS, limits):
        pass
    hourly.run_all(H0 + 5 * HOUR_MS, limits=limits)
    assert world.texts() == hourly.texts()
    assert len(world.records()) == 4
    assert not list(world.store.list(LETTERS))


def test_a_late_actor_with_too_long_a_history_is_set_aside(world: World) -> None:
    limits = Limits(actor_events=50)
    for hour in range(3):
        world.received(*shift_of(30, H0 + hour * HOUR_MS))
        world.run(H0 + (hour + 1) * HOUR_MS, limits)
    before = world.texts()
    late = event("status", H0 + 2, state=4, receivedAt=H0 + 3 * HOUR_MS)
    world.received(late, *shift(H0 + 3 * HOUR_MS, H0 + 3 * HOUR_MS + MINUTE_MS, agent=7))
    world.run(H0 + 4 * HOUR_MS, limits)
    assert before.items() < world.texts().items()
    assert len(world.records()) == 4
    assert any("actor_flood" in world.store.read(key).decode() for key in world.store.list(LETTERS))


def test_what_is_a_flood_does_not_depend_on_who_else_is_late(world: World, new_world: NewWorld) -> None:
    beside_others = new_world("beside others")
    for one, bucket in ((world, 1), (beside_others, 1000)):
        limits = Limits(actor_events=50, bucket_events=bucket)
        one.received(*shift(H0, H0 + MINUTE_MS, agent=7), *flood(H0 + 1, 60))
        one.run(H0 + HOUR_MS, limits)
        one.received(*shift(H0 + HOUR_MS, H0 + HOUR_MS + MINUTE_MS))
        one.run(H0 + 2 * HOUR_MS, limits)
        late = [
            event("status", at, agent, state=4, receivedAt=H0 + 2 * HOUR_MS)
            for at, agent in ((H0 + 2, 7), (H0 + HOUR_MS + 2, 9))
        ]
        one.received(*late)
        one.run(H0 + 3 * HOUR_MS, limits)
    assert world.texts() == beside_others.texts()
    assert [agents(record) for record in world.records()].count(9) == 2
