"""Whatever fails on the way to a remote store, and wherever the collector is killed: readers are never told too much, and in
the end everything is there."""

import hashlib
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkline.clock import HOUR_MS, hour_of
from trunkline.events.agents import AgentHeartbeat
from trunkline.segments.letters import dead_letter
from trunkline.segments.manifest import Registration, tally
from trunkline.segments.outbox import Outbox, to_show
from trunkline.segments.reader import closed_by, registered, sealed
from trunkline.segments.recorder import Recorder
from trunkline.store import LocalStore, StoreUnavailable

NORTHWIND = "75555851"
HOUR = 1795248000000


class Failing(LocalStore):
    """Fails after so many more steps; an object may have been written all the same, or not."""

    left: int | None = None
    written_all_the_same = False

    def write(self, key: str, data: bytes) -> None:
        if self._fails():
            if self.written_all_the_same:
                super().write(key, data)
            raise StoreUnavailable(key)
        super().write(key, data)

    def adopt(self, path: Path, key: str) -> None:
        if self._fails():
            if self.written_all_the_same:
                super().write(key, path.read_bytes())
            raise StoreUnavailable(key)
        super().adopt(path, key)

    def _fails(self) -> bool:
        if self.left is not None:
            self.left -= 1
        return self.left is not None and self.left < 0


class Collector:
    """A recorder that writes into an outbox, as the collector puts them together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here, self.there = LocalStore(folder / "sealed"), Failing(folder / "store")
        self.now, self.count, self.acknowledged = HOUR, 0, set[str]()
        self.start()

    def start(self) -> None:
        self.recorder = Recorder(self.here, self.folder, "web-1", segment_bytes=400)
        self.outbox = Outbox(self.here, self.there, "web-1")
        self.now = self.recorder.start(self.now)

    def receive(self, events: int) -> None:
        made = [
            AgentHeartbeat(
                event_id=str(self.count + number),
                timestamp=self.now,
                account_id=NORTHWIND,
                received_at=self.now,
                agent_id=9,
            )
            for number in range(events)
        ]
        self.count += events
        lines = msgspec.json.Encoder().encode_lines(made)
        self.recorder.append(self.now, lines, tally(NORTHWIND, made, self.now))
        self.acknowledged |= {one.event_id for one in made}
        self.now += 1000

    def refuse(self) -> None:
        self.recorder.refuse(self.now, [dead_letter("wrong_type", "no", self.now, b"{}")])
        self.now += 1000

    def wait(self, hours: int) -> None:
        self.now = hour_of(self.now) + hours * HOUR_MS
        self.recorder.advance(self.now)

    def upload(self, left: int, all_the_same: bool) -> None:
        self.there.left, self.there.written_all_the_same = left, all_the_same
        try:
            self.outbox.upload()
        except StoreUnavailable:
            assert self.there.left < 0
        self.there.left = None

    def kill(self) -> None:
        self.recorder.abandon()
        self.start()

    def stop(self) -> None:
        self.recorder.stop(self.now)
        self.now += 2 * HOUR_MS
        self.start()

    def check_what_readers_see(self) -> None:
        first, end = HOUR, hour_of(self.now) + HOUR_MS
        manifests = {one.segment: one for one in sealed(self.there, first, end)}
        for key, manifest in manifests.items():
            assert hashlib.sha256(self.there.read(key)).hexdigest() == manifest.sha256
        for registration in registered(self.there):
            assert registration.closed <= end
            for hour in range(hour_of(registration.since), registration.closed, HOUR_MS):
                assert "web-1" in closed_by(self.there, hour), "an hour is counted that has no marker"
        for hour in range(first, end, HOUR_MS):
            for marker in closed_by(self.there, hour).values():
                found = [key for key, manifest in manifests.items() if manifest.hour == hour]
                assert marker.segments == found, "a marker before its segments, or without one of them"

    def events(self) -> set[str]:
        found = set()
        for manifest in sealed(self.there, HOUR, hour_of(self.now) + HOUR_MS):
            lines = self.there.read(manifest.segment).splitlines()
            found |= {msgspec.json.decode(line)["eventId"] for line in lines if b"eventId" in line}
        return found


steps = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 4)),
    st.tuples(st.just("refuse")),
    st.tuples(st.just("wait"), st.integers(1, 3)),
    st.tuples(st.just("upload"), st.integers(0, 12), st.booleans()),
    st.tuples(st.just("kill")),
    st.tuples(st.just("stop")),
)


@settings(
    max_examples=200 if os.environ.get("TRUNKLINE_TEST_LONG") else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(story=st.lists(steps, max_size=14))
def test_readers_are_never_told_too_much_and_nothing_is_lost(tmp_path_factory, story: list[tuple]) -> None:
    collector = Collector(tmp_path_factory.mktemp("collector"))
    for name, *more in story:
        getattr(collector, name)(*more)
        collector.check_what_readers_see()
    collector.recorder.stop(collector.now)
    collector.outbox.upload()
    collector.check_what_readers_see()
    assert collector.events() == collector.acknowledged
    assert collector.outbox.waiting() == []
    assert registered(collector.there) == registered(collector.here)
    (registration,) = registered(collector.there)
    assert registration.until == collector.now
    hours = {path.parent.name for path in collector.here.root.rglob("*T*/*.json")}
    assert len(hours) <= 1, "only the open hour's manifests stay"


def a_day_with_everything(folder: Path) -> Collector:
    collector = Collector(folder)
    for story in (
        ("receive", 3),
        ("receive", 3),
        ("refuse",),
        ("wait", 1),
        ("receive", 1),
        ("wait", 2),
        ("receive", 1),
    ):
        getattr(collector, story[0])(*story[1:])
    return collector


@pytest.mark.parametrize("all_the_same", [False, True])
def test_an_upload_may_fail_at_every_step_and_the_next_one_ends_it(
    tmp_path: Path, all_the_same: bool
) -> None:
    for step in range(20):
        collector = a_day_with_everything(tmp_path / str(step))
        collector.upload(step, all_the_same)
        collector.check_what_readers_see()
        collector.kill()
        collector.check_what_readers_see()
        collector.recorder.stop(collector.now)
        collector.outbox.upload()
        collector.check_what_readers_see()
        assert collector.events() == collector.acknowledged
        assert registered(collector.there) == registered(collector.here)


def test_an_hour_whose_marker_is_not_counted_yet_is_not_closed_anew(tmp_path: Path) -> None:
    collector = Collector(tmp_path)
    (before,) = registered(collector.here)
    collector.receive(3)
    collector.wait(1)
    # As a kill between the marker and the registration leaves it.
    collector.here.write("collectors/web-1.json", msgspec.json.encode(before))
    collector.outbox.upload()
    collector.kill()
    collector.outbox.upload()
    collector.check_what_readers_see()
    assert closed_by(collector.there, HOUR)["web-1"].segments


def test_while_markers_are_on_their_way_their_hours_are_waited_for_and_not_counted() -> None:
    left = Registration(collector="web-1", since=HOUR, until=HOUR + 5 * HOUR_MS, closed=HOUR + 5 * HOUR_MS)
    assert to_show(left, [], complete=True) == left
    shown = to_show(left, [HOUR + 2 * HOUR_MS, HOUR + 3 * HOUR_MS], complete=False)
    assert (shown.since, shown.until, shown.closed) == (HOUR, None, HOUR + 2 * HOUR_MS)
    again = Registration(collector="web-1", since=HOUR + 9 * HOUR_MS + 5, closed=HOUR + 9 * HOUR_MS)
    shown = to_show(again, [HOUR + 4 * HOUR_MS], complete=False)
    assert all(shown.covers(HOUR + number * HOUR_MS) for number in range(4, 10))
    assert not shown.covers(HOUR + 3 * HOUR_MS)
