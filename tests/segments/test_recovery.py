"""Whatever a crash leaves of a segment, recovery keeps exactly its whole groups."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkline.clock import HOUR_MS
from trunkline.events.agents import AgentHeartbeat, AgentLogin
from trunkline.events.conversations import ConversationEnded
from trunkline.segments.history import History
from trunkline.segments.manifest import tally
from trunkline.segments.reader import closed_by, missing, registered, sealed
from trunkline.segments.recorder import Recorder
from trunkline.store import LocalStore

NORTHWIND = "75555851"
HOUR = 1795248000000


def group(number: int, size: int, received_at: int = HOUR + 5):
    events = [
        AgentHeartbeat(
            event_id=f"{number}-{i}",
            timestamp=HOUR + i,
            account_id=NORTHWIND,
            received_at=received_at,
            agent_id=9,
        )
        for i in range(size)
    ]
    return msgspec.json.Encoder().encode_lines(events), tally(NORTHWIND, events, received_at)


def write_open_segment(folder: Path, sizes: list[int]) -> tuple[Path, list[int]]:
    """A segment as a killed collector leaves it, and the ends of its groups."""
    recorder = Recorder(LocalStore(folder / "store"), folder, "web-1")
    recorder.start(HOUR)
    ends = [0]
    for number, size in enumerate(sizes):
        recorder.append(HOUR + 5, *group(number, size))
        (path,) = (folder / "open").glob("*.ndjson")
        ends.append(path.stat().st_size)
    recorder.abandon()
    return path, ends


def stored(folder: Path, prefix: str = "segments") -> list[dict]:
    store = LocalStore(folder / "store")
    lines = []
    for manifest in sealed(store, HOUR, HOUR + 3 * HOUR_MS, prefix):
        found = [json.loads(line) for line in store.read(manifest.segment).splitlines()]
        lines += [line for line in found if "group" not in line]
    return lines


def test_an_event_with_a_reason_of_its_own_is_recovered(tmp_path):
    ended = ConversationEnded(
        event_id="1",
        timestamp=HOUR,
        account_id=NORTHWIND,
        received_at=HOUR + 5,
        visitor_id="v",
        conversation_id="c",
        reason=210,
    )
    recorder = Recorder(LocalStore(tmp_path / "store"), tmp_path, "web-1")
    recorder.start(HOUR)
    recorder.append(
        HOUR + 5, msgspec.json.Encoder().encode_lines([ended]), tally(NORTHWIND, [ended], HOUR + 5)
    )
    recorder.abandon()
    Recorder(LocalStore(tmp_path / "store"), tmp_path, "web-1").start(HOUR + HOUR_MS)
    (manifest,) = sealed(LocalStore(tmp_path / "store"), HOUR, HOUR + HOUR_MS)
    assert manifest.recovered and manifest.types == {"conversation.ended": 1}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), where=st.floats(0, 1))
def test_a_segment_cut_at_any_byte_keeps_all_its_whole_groups(tmp_path_factory, sizes, where):
    folder = tmp_path_factory.mktemp("cut")
    path, ends = write_open_segment(folder, sizes)
    length = int(where * ends[-1])
    with path.open("r+b") as file:
        file.truncate(length)
    whole = max(end for end in ends if end <= length)
    Recorder(LocalStore(folder / "store"), folder, "web-1").start(HOUR + HOUR_MS)
    expected = [f"{number}-{i}" for number in range(ends.index(whole)) for i in range(sizes[number])]
    assert [event["eventId"] for event in stored(folder)] == expected
    assert all(manifest.recovered for manifest in sealed(LocalStore(folder / "store"), HOUR, HOUR + HOUR_MS))
    assert [letter["reason"] for letter in stored(folder, "deadletter")] == []
    assert bool(list((folder / "open").glob("deadletter*"))) == (length > whole)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    place=st.floats(0, 1, exclude_max=True),
    bit=st.integers(0, 7),
)
def test_a_damaged_byte_never_lets_an_altered_event_pass(tmp_path_factory, sizes, place, bit):
    folder = tmp_path_factory.mktemp("bit")
    path, _ = write_open_segment(folder, sizes)
    original = [line for line in path.read_bytes().splitlines() if b"eventId" in line]
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    path.write_bytes(data)
    Recorder(LocalStore(folder / "store"), folder, "web-1").start(HOUR + HOUR_MS)
    kept = [json.dumps(event, separators=(",", ":")).encode() for event in stored(folder)]
    assert kept == original[: len(kept)]


@pytest.mark.parametrize("step", ["write", "adopt", "write_manifest"])
def test_an_interrupted_seal_is_finished(tmp_path, step):
    class Interrupted(LocalStore):
        def adopt(self, path, key):
            if step == "write":
                raise KeyboardInterrupt
            super().adopt(path, key)
            if step == "adopt":
                raise KeyboardInterrupt

        def write(self, key, data):
            if step == "write_manifest" and key.startswith("segments/"):
                super().write(key, data)
                raise KeyboardInterrupt
            super().write(key, data)

    recorder = Recorder(Interrupted(tmp_path / "store"), tmp_path, "web-1")
    recorder.start(HOUR)
    recorder.append(HOUR + 5, *group(0, 3))
    with pytest.raises(KeyboardInterrupt):
        recorder.stop(HOUR + 6)
    again = Recorder(LocalStore(tmp_path / "store"), tmp_path, "web-1")
    again.start(HOUR + 7)
    again.stop(HOUR + 8)
    assert [event["eventId"] for event in stored(tmp_path)] == ["0-0", "0-1", "0-2"]
    assert list((tmp_path / "open").iterdir()) == []


def test_each_hour_that_passed_has_a_marker_also_an_empty_one(tmp_path):
    store = LocalStore(tmp_path / "store")
    recorder = Recorder(store, tmp_path, "web-1")
    recorder.start(HOUR)
    recorder.append(HOUR + 5, *group(0, 2))
    assert missing(store, HOUR) == {"web-1"}
    assert recorder.advance(HOUR + 3 * HOUR_MS) == [HOUR, HOUR + HOUR_MS, HOUR + 2 * HOUR_MS]
    assert closed_by(store, HOUR)["web-1"].segments == [sealed(store, HOUR, HOUR + HOUR_MS)[0].segment]
    assert closed_by(store, HOUR + HOUR_MS)["web-1"].segments == []
    assert missing(store, HOUR) == set()


def test_a_killed_collector_is_waited_for_and_closes_its_hours_when_it_is_back(tmp_path):
    store = LocalStore(tmp_path / "store")
    Recorder(store, tmp_path, "web-1").start(HOUR)
    assert missing(store, HOUR + HOUR_MS) == {"web-1"}
    Recorder(store, tmp_path, "web-1").start(HOUR + 2 * HOUR_MS)
    assert missing(store, HOUR + HOUR_MS) == set()


def test_nobody_waits_for_a_collector_that_left(tmp_path):
    store = LocalStore(tmp_path / "store")
    recorder = Recorder(store, tmp_path, "web-1")
    recorder.start(HOUR)
    recorder.stop(HOUR + 10)
    assert registered(store)[0].until == HOUR + 10
    assert missing(store, HOUR) == set()


def test_a_clock_set_back_never_reopens_a_closed_hour(tmp_path):
    store = LocalStore(tmp_path / "store")
    recorder = Recorder(store, tmp_path, "web-1")
    recorder.start(HOUR)
    recorder.advance(HOUR + HOUR_MS)
    assert Recorder(store, tmp_path, "web-1").start(HOUR) == HOUR + HOUR_MS


def test_a_segment_is_sealed_at_its_size(tmp_path):
    store = LocalStore(tmp_path / "store")
    recorder = Recorder(store, tmp_path, "web-1", segment_bytes=500)
    recorder.start(HOUR)
    for number in range(3):
        recorder.append(HOUR + 5, *group(number, 5))
    found = sealed(store, HOUR, HOUR + HOUR_MS)
    assert [manifest.events for manifest in found] == [5, 5, 5]
    assert len({manifest.segment for manifest in found}) == 3


def test_history_is_laid_out_as_a_collector_would_have_done(tmp_path):
    store = LocalStore(tmp_path / "store")
    history = History(store, tmp_path, "history", HOUR)
    for hour in (0, 2):
        at = HOUR + hour * HOUR_MS + 7
        history.add(at, NORTHWIND, [AgentLogin(event_id=f"e{hour}", timestamp=at, agent_id=9)])
    with pytest.raises(ValueError):
        history.add(HOUR, NORTHWIND, [AgentLogin(event_id="early", timestamp=HOUR, agent_id=9)])
    history.end(HOUR + 3 * HOUR_MS)
    found = sealed(store, HOUR, HOUR + 3 * HOUR_MS)
    assert [(manifest.hour, manifest.types) for manifest in found] == [
        (HOUR, {"agent.login": 1}),
        (HOUR + 2 * HOUR_MS, {"agent.login": 1}),
    ]
    assert all(not missing(store, HOUR + hour * HOUR_MS) for hour in range(3))
    assert {event["accountId"] for event in stored(tmp_path)} == {NORTHWIND}
