"""A collector whose store is on another machine: nobody who sends events waits for it."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from collector.running import Running
from store import places
from store.places import Place
from trunkline.segments.reader import registered
from trunkline.store import Store, open_store


@pytest.fixture(scope="module")
def s3() -> Iterator[Place]:
    with places.s3() as place:
        yield place


@pytest.fixture
def url(s3: Place, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.fresh()


@pytest.fixture
def store(url: str) -> Store:
    return open_store(url)


def events_in(store: Store) -> list[str]:
    keys = list(store.list("segments"))
    lines = [
        json.loads(line)
        for key in keys
        if key.endswith(".ndjson") and f"{key.removesuffix('.ndjson')}.json" in keys
        for line in store.read(key).splitlines()
    ]
    return [line["eventId"] for line in lines if "eventId" in line]


def wait_until(look: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_while_the_store_is_away_events_are_acknowledged_and_uploaded_later(
    make_collector: Callable[..., Running], event: Any, s3: Place, url: str, store: Store
) -> None:
    with s3.failing("away"):
        collector = make_collector(store=url, segment_bytes=1)
        for number in range(5):
            assert collector.post([event(number)]).status_code == 202
        wait_until(lambda: collector.gauge("failed_uploads") > 0)
        assert collector.gauge("waiting_segments") == 5
        assert "the store is away" in str(collector.log())
    wait_until(lambda: collector.gauge("waiting_segments") == 0)
    assert events_in(store) == [f"e{number}" for number in range(5)]
    (registration,) = registered(store)
    assert registration.until is None
    assert collector.stop() == 0
    (registration,) = registered(store)
    assert registration.until is not None
    assert places.SECRET not in str(collector.log())


def test_what_could_not_be_uploaded_before_the_end_is_after_the_next_start(
    make_collector: Callable[..., Running], event: Any, s3: Place, url: str, store: Store
) -> None:
    collector = make_collector(store=url)
    wait_until(lambda: registered(store))
    with s3.failing("away"):
        assert collector.post([event(1)]).status_code == 202
        assert collector.stop() == 0
    assert any(line["event"] == "segments wait for the store" for line in collector.log())
    assert events_in(store) == []
    (registration,) = registered(store)
    assert registration.until is None, "readers still wait for it"
    collector.start()
    wait_until(lambda: events_in(store) == ["e1"])
    assert collector.stop() == 0


def test_a_store_that_comes_and_goes_and_kills_lose_nothing_and_nothing_is_there_twice(
    make_collector: Callable[..., Running], event: Any, s3: Place, url: str, store: Store
) -> None:
    collector = make_collector(store=url, segment_bytes=300)
    acknowledged = []
    for turn, fault in enumerate(["error", "lost", "away", "refused", "cut", "lost"]):
        with s3.failing(fault, times=3, after=turn):
            for number in range(4):
                name = f"e{turn * 10 + number}"
                assert collector.post([event(turn * 10 + number)]).status_code == 202
                acknowledged.append(name)
            time.sleep(0.3 * turn)
            collector.stop(signal.SIGKILL)
            collector.start()
    assert collector.stop() == 0
    assert sorted(events_in(store)) == sorted(acknowledged)
    (registration,) = registered(store)
    assert registration.until is not None
