from collections import Counter
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS
from trunkline.events import AnyEvent
from trunkline.segments.history import History
from trunkline.segments.hours import Hours
from trunkline.segments.reader import closed_by, missing, registered, sealed
from trunkline.simulator.arrival import Arrival
from trunkline.simulator.backfill import BATCH_MS, backfill, history_end
from trunkline.simulator.demonstration import NORTHWIND
from trunkline.store import LocalStore

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z
NOW = MONDAY + DAY_MS + 33 * MINUTE_MS + 7
CENTRE = replace(NORTHWIND, agents=8)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "collector"


def written(store: LocalStore) -> Counter[str]:
    """How often each event stands in the sealed segments."""
    decode = msgspec.json.Decoder(AnyEvent).decode
    found: Counter[str] = Counter()
    for manifest in sealed(store, MONDAY - DAY_MS, NOW + 2 * DAY_MS):
        for line in store.read(manifest.segment).splitlines():
            if b'"eventId"' in line:
                event = decode(line)
                assert event.received_at is not None and event.received_at >= event.timestamp
                assert event.account_id == "75555851"
                found[event.event_id] += 1
    return found


def expected(start: int, end: int) -> Counter[str]:
    return Counter(event.event_id for _, event in CENTRE.arrivals(start, end))


def test_history_is_what_arrives_in_that_time(store: LocalStore, folder: Path) -> None:
    count = backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    assert written(store) == expected(MONDAY, NOW)
    assert count == written(store).total() > 0


def test_every_hour_is_closed_and_nobody_waits_for_history_afterwards(
    store: LocalStore, folder: Path
) -> None:
    backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    for hour in range(MONDAY, NOW, HOUR_MS):
        assert not missing(store, hour)
    assert all("history" in closed_by(store, hour) for hour in range(MONDAY, MONDAY + DAY_MS, HOUR_MS))
    (registration,) = registered(store)
    assert (registration.since, registration.until) == (MONDAY, NOW)


def test_a_second_back_fill_of_the_same_hours_writes_nothing(store: LocalStore, folder: Path) -> None:
    backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    before = {key: store.read(key) for key in store.list("segments")}
    assert backfill(store, folder, CENTRE, MONDAY, NOW, "history") == 0
    assert {key: store.read(key) for key in store.list("segments")} == before


def test_a_later_back_fill_goes_on_where_the_first_ended(store: LocalStore, folder: Path) -> None:
    backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    backfill(store, folder, CENTRE, MONDAY, NOW + DAY_MS, "history")
    assert written(store) == expected(MONDAY, NOW + DAY_MS)


@pytest.mark.parametrize("batches", [0, 1, 40, 100, 150])
def test_a_killed_back_fill_is_finished_by_the_next(
    store: LocalStore, folder: Path, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, done = History.add, []

    def killed(self: History, received_at: int, account_id: str, events: list[AnyEvent]) -> None:
        if len(done) == batches:
            raise KeyboardInterrupt
        done.append(received_at)
        add(self, received_at, account_id, events)

    with monkeypatch.context() as patch:
        patch.setattr(History, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    assert written(store) == expected(MONDAY, NOW)


def test_a_back_fill_killed_before_it_signed_off_signs_off_in_the_next(
    store: LocalStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Hours, now: int) -> None:
        raise KeyboardInterrupt

    midnight = MONDAY + DAY_MS
    with monkeypatch.context() as patch:
        patch.setattr(Hours, "leave", killed)
        with pytest.raises(KeyboardInterrupt):
            backfill(store, folder, CENTRE, MONDAY, midnight, "history")
    assert history_end(store, "history") is None
    assert backfill(store, folder, CENTRE, MONDAY, midnight, "history") == 0
    assert history_end(store, "history") == midnight
    assert written(store) == expected(MONDAY, midnight)


def test_progress_is_told_batch_by_batch(store: LocalStore, folder: Path) -> None:
    told: list[int] = []
    backfill(store, folder, CENTRE, MONDAY, NOW, "history", told.append)
    assert told == sorted(set(told))
    assert all(MONDAY <= instant < NOW and instant % BATCH_MS == 0 for instant in told)


def test_the_live_stream_follows_without_a_gap(store: LocalStore, folder: Path) -> None:
    backfill(store, folder, CENTRE, MONDAY, NOW, "history")
    following: list[Arrival] = list(CENTRE.arrivals(NOW, NOW + DAY_MS))
    together = written(store) + Counter(event.event_id for _, event in following)
    assert together == expected(MONDAY, NOW + DAY_MS)
