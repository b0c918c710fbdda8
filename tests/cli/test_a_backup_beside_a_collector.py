"""Whatever a collector does while a backup is taken: what was acknowledged before is in it, once, and nothing half."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from random import Random

import msgspec
import pytest
from tests.cli.installed import settings_of, unpack

from trunkline.cli.backups.restoring import restore
from trunkline.cli.backups.taking import take
from trunkline.clock import HOUR_MS
from trunkline.events import EVENT_TYPES
from trunkline.segments.layout import hour_name, is_marker
from trunkline.segments.manifest import tally
from trunkline.segments.reader import closed_by, registered
from trunkline.segments.recorder import Recorder
from trunkline.store import LocalStore
from upgrade.make_release import ADA, FIRST, NORTHWIND

COLLECTOR = "web"


class Collecting:
    """A collector of small segments, with the time in its hand."""

    def __init__(self, data: Path, now: int) -> None:
        self.store = LocalStore(data / "store")
        self.recorder = Recorder(self.store, data / "collector" / COLLECTOR, COLLECTOR, segment_bytes=700)
        self.now = self.recorder.start(now)
        self.acknowledged: list[str] = []

    def take_events(self, count: int) -> None:
        ids = [f"event-{len(self.acknowledged) + number}" for number in range(count)]
        told = [
            {**ADA, "type": "agent.status", "eventId": one, "timestamp": self.now, "state": 2} for one in ids
        ]
        events = [msgspec.convert(one, EVENT_TYPES["agent.status"]) for one in told]
        for event in events:
            event.account_id, event.received_at = NORTHWIND, self.now
        lines = msgspec.json.Encoder().encode_lines(events)
        self.recorder.append(self.now, lines, tally(NORTHWIND, events, self.now))
        self.acknowledged += ids

    def act(self, random: Random) -> None:
        self.now += random.choice([1, 60_000])
        chosen = random.random()
        if chosen < 0.5:
            self.take_events(random.randint(1, 4))
        elif chosen < 0.7:
            self.now += HOUR_MS
            self.recorder.advance(self.now)


@pytest.mark.parametrize("seed", range(12))
def test_what_was_acknowledged_before_is_in_it(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    data = unpack(tmp_path / "old")
    collecting = Collecting(data, FIRST + 5 * HOUR_MS)
    for _ in range(random.randint(1, 12)):
        collecting.act(random)
    collecting.take_events(1)
    before = set(collecting.acknowledged)

    def meanwhile(step: str, done: int, total: int) -> None:
        if random.random() < 0.2:
            collecting.act(random)

    take(settings_of(data), tmp_path / "backup", nullcontext, progress=meanwhile)
    restored = tmp_path / "data"
    restore(tmp_path / "backup", restored, {"TRUNKLINE_DATA": str(restored)})
    assert_references_are_there(restored)
    sealed = set(events_in(LocalStore(restored / "store")))
    again = Collecting(restored, collecting.now)
    again.recorder.stop(again.now)
    found = list(events_in(again.store))
    assert before | sealed <= set(found)
    assert set(found) <= set(collecting.acknowledged)
    assert len(found) == len(set(found))


def assert_references_are_there(data: Path) -> None:
    store = LocalStore(data / "store")
    for one in registered(store):
        for hour in range(one.since // HOUR_MS * HOUR_MS, one.closed, HOUR_MS):
            marker = closed_by(store, hour)[one.collector]
            assert all(store.exists(segment) for segment in marker.segments), hour_name(hour)


def events_in(store: LocalStore) -> Iterator[str]:
    """The ids of the collector's events in sealed segments, which are what their manifests say."""
    for key in store.list("segments"):
        if key.endswith(".json") and not is_marker(key) and f"/{COLLECTOR}." in key:
            manifest = json.loads(store.read(key))
            body = store.read(manifest["segment"])
            assert (len(body), sha256(body).hexdigest()) == (manifest["bytes"], manifest["sha256"])
            yield from (
                event["eventId"] for event in map(json.loads, body.splitlines()) if "eventId" in event
            )
