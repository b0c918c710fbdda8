"""Which hours are due, and the loop that runs them."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.pipeline.world import H0, World, shift

from trunkline.clock import HOUR_MS, MINUTE_MS, Clock
from trunkline.pipeline.catalogue import DEFAULT_GRACE, Run
from trunkline.pipeline.due import due_until
from trunkline.pipeline.retention.tidy import Tidied
from trunkline.pipeline.schedule import Schedule
from trunkline.pipeline.types import KINDS
from trunkline.segments.layout import marker_key, registration_key

TIMEOUT = 5 * MINUTE_MS


def register(
    world: World, collector: str, since: int = H0, until: int | None = None, closed: int = H0
) -> None:
    facts = {"collector": collector, "since": since, "until": until, "closed": closed}
    world.store.write(registration_key(collector), json.dumps(facts).encode())


def close(world: World, collector: str, hour: int) -> None:
    facts = {"collector": collector, "hour": hour, "segments": []}
    world.store.write(marker_key(hour, collector), json.dumps(facts).encode())


def due(world: World, now: int) -> int:
    return due_until(world.store, world.catalogue, "agentActivity", now, TIMEOUT)


@pytest.fixture
def collected(world: World) -> World:
    world.received(*shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS))
    register(world, "web-1")
    return world


def schedule(world: World, now: Callable[[], int]) -> Schedule:
    return Schedule(
        store=world.store,
        catalogue=world.catalogue,
        kinds=KINDS,
        work=world.folder / "work",
        clock=Clock(speed=1.0, real=now),
        grace=DEFAULT_GRACE,
        timeout=TIMEOUT,
    )


def test_an_hour_is_due_once_every_collector_has_closed_it(collected: World) -> None:
    register(collected, "web-2")
    close(collected, "web-1", H0)
    assert due(collected, H0 + HOUR_MS + 1) == H0
    close(collected, "web-2", H0)
    assert due(collected, H0 + HOUR_MS + 1) == H0 + HOUR_MS


def test_nothing_is_due_before_the_first_segment_and_what_comes_then_ends_on_the_hour(world: World) -> None:
    until = due(world, H0 + 12345)
    world.received(*shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS))
    assert world.run(until) is None


def test_an_hour_is_not_due_before_its_end(collected: World) -> None:
    close(collected, "web-1", H0)
    assert due(collected, H0 + HOUR_MS - 1) == H0


def test_a_collector_that_died_is_waited_for_so_long(collected: World) -> None:
    assert due(collected, H0 + HOUR_MS + TIMEOUT - 1) == H0
    assert due(collected, H0 + HOUR_MS + TIMEOUT) == H0 + HOUR_MS


def test_nobody_waits_for_a_collector_that_left_or_came_later(collected: World) -> None:
    register(collected, "left", until=H0 + MINUTE_MS)
    register(collected, "later", since=H0 + HOUR_MS)
    close(collected, "web-1", H0)
    assert due(collected, H0 + HOUR_MS + 1) == H0 + HOUR_MS


def test_without_segments_nothing_is_due(world: World) -> None:
    assert due(world, H0) == H0
    assert schedule(world, lambda: H0).step() is False


def test_a_step_says_whether_there_was_work(collected: World) -> None:
    now = H0 + HOUR_MS
    worker = schedule(collected, lambda: now)
    assert worker.step() is False
    close(collected, "web-1", H0)
    assert worker.step() is True
    assert worker.step() is False
    assert len(collected.records()) == 1


def test_the_loop_goes_on_after_an_error_and_stops_when_told(
    collected: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.pipeline.schedule.RETRY_AFTER_S", 0.0)
    close(collected, "web-1", H0)
    stop, calls = threading.Event(), []

    class Failing(type(collected.catalogue)):  # type: ignore[misc]
        def publish(self, run: object) -> None:
            calls.append(run)
            if len(calls) == 1:
                raise OSError("the database is away")
            collected.catalogue.publish(run)  # type: ignore[arg-type]
            stop.set()

    failing = replace(
        schedule(collected, lambda: H0 + HOUR_MS),
        catalogue=Failing({"agentActivity": collected.rules}),
        kinds={"agentActivity": KINDS["agentActivity"]},
    )
    failing.loop(stop)
    assert len(calls) == 2
    assert len(collected.records()) == 1
    collected.assert_store_matches_catalogue()


def test_a_kind_that_fails_does_not_hinder_another(collected: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline.pipeline.schedule.RETRY_AFTER_S", 0.0)
    close(collected, "web-1", H0)
    stop, published = threading.Event(), []

    class Failing(type(collected.catalogue)):  # type: ignore[misc]
        def publish(self, run: Run) -> None:
            if run.kind == "agentActivity":
                raise OSError("its files cannot be listed")
            published.append(run.kind)
            stop.set()

    failing = Failing({"agentActivity": collected.rules})
    replace(schedule(collected, lambda: H0 + HOUR_MS), catalogue=failing).loop(stop)
    assert published == ["visits"]


def test_the_loop_tidies_once_an_hour_also_while_runs_fail(
    collected: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.pipeline.schedule.RETRY_AFTER_S", 0.0)
    stop, tidied = threading.Event(), []

    class Failing(type(collected.catalogue)):  # type: ignore[misc]
        def last_run(self, kind: str) -> None:
            raise OSError("the database is away")

    class Counting(Schedule):
        def tidy(self, **given: object) -> Tidied:
            tidied.append(super().tidy())
            if len(tidied) == 3:
                stop.set()
            return replace(tidied[-1], more=True)

    worker = schedule(collected, lambda: H0 + HOUR_MS)
    given = {name: getattr(worker, name) for name in Schedule.__dataclass_fields__}
    Counting(**given | {"catalogue": Failing({"agentActivity": collected.rules})}).loop(stop)
    assert len(tidied) == 3


def test_a_fast_clock_does_not_tidy_all_the_time(collected: World) -> None:
    worker = schedule(collected, lambda: H0 + HOUR_MS)
    assert worker._tidied() == HOUR_MS / 1000
    fast = replace(worker, clock=Clock(speed=1200.0, real=lambda: H0 + HOUR_MS))
    assert fast._tidied() == 60
