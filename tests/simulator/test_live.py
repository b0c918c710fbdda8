from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from trunkline.clock import HOUR_MS, Clock
from trunkline.simulator.centre import Centre
from trunkline.simulator.demonstration import CONTOSO, NORTHWIND
from trunkline.simulator.live import live
from trunkline.simulator.position import Position

NOON = 1_794_830_400_000  # Monday 2026-11-16T12:00:00Z
SMALL = replace(NORTHWIND, agents=10, visits=100)


class Recorder:
    """A producer that keeps what is sent, and raises the flag after so many events."""

    def __init__(self, stop: Flag, most: int) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self._stop, self._most = stop, most

    def send(self, event: dict[str, Any]) -> None:
        assert not self.closed
        self.sent.append(event)
        if len(self.sent) >= self._most:
            self._stop.set()

    def close(self, timeout: float) -> None:
        self.closed = True


def clock_at(instant: int) -> Clock:
    return Clock(real=lambda: instant)


def run(centre: Centre, instant: int, positions: Path, most: int) -> list[dict[str, Any]]:
    stop = Flag()
    producer = Recorder(stop, most)
    live([centre], lambda _: producer, clock_at(instant), stop, since=lambda _: NOON, positions=positions)
    assert producer.closed
    return producer.sent


def test_what_has_come_due_is_sent_in_order(tmp_path: Path) -> None:
    sent = run(SMALL, NOON + 2 * HOUR_MS, tmp_path, 50)
    due = [event.event_id for _, event in SMALL.arrivals(NOON, NOON + 2 * HOUR_MS)]
    assert [event["eventId"] for event in sent] == due[:50]
    assert all("receivedAt" not in event for event in sent)


def test_a_restart_goes_on_where_the_last_run_stopped(tmp_path: Path) -> None:
    first = run(SMALL, NOON + 4 * HOUR_MS, tmp_path, 40)
    second = run(SMALL, NOON + 4 * HOUR_MS, tmp_path, 40)
    due = [event.event_id for _, event in SMALL.arrivals(NOON, NOON + 4 * HOUR_MS)]
    ids = [event["eventId"] for event in (*first, *second)]
    assert set(ids) == set(due[: len(ids) - 1])
    assert ids[39] == ids[40]  # the millisecond at which it stopped is sent again


def test_what_lies_more_than_a_day_back_is_left_out(tmp_path: Path) -> None:
    later = NOON + 72 * HOUR_MS
    sent = run(SMALL, later, tmp_path, 1)
    (_, first) = next(SMALL.arrivals(later - 24 * HOUR_MS))
    assert sent[0]["eventId"] == first.event_id


def test_a_waiting_simulation_stops_when_told(tmp_path: Path) -> None:
    stop = Flag()
    stop.set()
    producer = Recorder(stop, 1)
    live([SMALL], lambda _: producer, clock_at(NOON - 1), stop, since=lambda _: NOON, positions=tmp_path)
    assert producer.sent == [] and producer.closed
    assert Position(tmp_path / "75555851").read() == NOON


def test_an_error_of_one_centre_ends_all_and_is_told(tmp_path: Path) -> None:
    class Broken(Recorder):
        def send(self, event: dict[str, Any]) -> None:
            raise ConnectionRefusedError("key revoked")

    stop = Flag()
    kept = defaultdict[str, Recorder](lambda: Recorder(stop, 10**9))

    def producer_of(centre: Centre) -> Recorder:
        return Broken(stop, 1) if centre is CONTOSO else kept[centre.account]

    with pytest.raises(ConnectionRefusedError, match="key revoked"):
        live(
            [SMALL, CONTOSO],
            producer_of,
            clock_at(NOON + 6 * HOUR_MS),
            stop,
            since=lambda _: NOON,
            positions=tmp_path,
        )
    assert kept["75555851"].closed


def test_a_fast_clock_is_kept_up_with(tmp_path: Path) -> None:
    stop = Flag()
    producer = Recorder(stop, 60)
    begun = Clock().now()
    fast = Clock(speed=3600, origin=NOON, real=lambda: NOON + Clock().now() - begun)
    live([NORTHWIND], lambda _: producer, fast, stop, since=lambda _: NOON, positions=tmp_path)
    assert len(producer.sent) == 60
