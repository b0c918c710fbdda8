"""Whatever goes, nothing that is published from then on is another than in a world in which nothing ever goes."""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pipeline.retention.aging import KEEP, Aging, hour
from tests.pipeline.world import CONTOSO, NORTHWIND, Event, event, shift

from trunkline.clock import MINUTE_MS

HOURS = 24
EXAMPLES = 100 if os.environ.get("TRUNKLINE_TEST_LONG") else 2


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Shifts over a day, and single events that arrive up to the late limit after their time."""
    events: list[Event] = []
    for agent in range(1, draw(st.integers(3, 5))):
        account = NORTHWIND if agent % 3 else CONTOSO
        at = hour(0) + draw(st.integers(0, 90)) * MINUTE_MS
        while at < hour(HOURS - 1):
            length = draw(st.sampled_from([5, 40, 150])) * MINUTE_MS
            events += shift(at, at + length, agent, account)
            for _ in range(draw(st.integers(0, 2))):
                when = at + draw(st.integers(-20, 40)) * MINUTE_MS
                received = when + draw(st.integers(0, KEEP.late - MINUTE_MS))
                late = event(
                    "status",
                    when,
                    agent,
                    account,
                    state=4,
                    receivedAt=received,
                    eventId=f"late {len(events)}",
                )
                events.append(late)
            at += length + draw(st.sampled_from([20, 70, 300])) * MINUTE_MS
    return sorted((one for one in events if one["receivedAt"] >= hour(0)), key=lambda one: one["receivedAt"])


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=histories())
def test_what_is_published_is_the_same_and_what_is_listed_can_be_made_again(history: list[Event]) -> None:
    folder = Path(mkdtemp(prefix="trunkline-retention-"))
    try:
        keeping, tidied = Aging(folder / "keeping"), Aging(folder / "tidied")
        for world in (keeping, tidied):
            world.received(*history)
        for number in range(1, HOURS + 3):
            published = [world.run(hour(number)) for world in (keeping, tidied)]
            files = [run and run.files for run in published]
            assert files[0] == files[1]
            tidied.tidy(hour(number) + 15 * MINUTE_MS)
            assert all(tidied.store.exists(file.key) for file in tidied.listed())
            if number % 6 == 0:
                assert_can_be_made_again(tidied)
        rows = tidied.catalogue.past("agentActivity")
        assert len(rows) < HOURS - 8
        assert set(tidied.segments()) < set(keeping.segments())
    finally:
        shutil.rmtree(folder)


def assert_can_be_made_again(world: Aging) -> None:
    before = world.files()
    for key in [*world.store.list("files"), *world.store.list("compact")]:
        if key in {file.key for file in world.listed()} or key.startswith("compact"):
            world.store.delete(key)
    report = world.rebuilt(hour(0), hour(HOURS + 3))
    assert report.differing == []
    assert world.files() == before
