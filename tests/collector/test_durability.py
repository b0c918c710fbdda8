"""What was acknowledged is there, whatever happens; what cannot be made durable is not acknowledged."""

import os
import random
import signal
import threading
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from subprocess import run

import httpx2
import pytest

from trunkline.clock import HOUR_MS, hour_of
from trunkline.segments.reader import closed_by, registered, sealed
from trunkline.store import LocalStore

KILLS = 200 if os.environ.get("TRUNKLINE_TEST_LONG") else 10
NORTHWIND = "75555851"


def test_a_collector_killed_at_any_moment_has_every_acknowledged_event(make_collector, event):
    collector = make_collector()
    acknowledged: dict[str, dict] = {}
    chance = random.Random(7)
    numbers = iter(range(10**9))
    lock = threading.Lock()

    def send_until(stopped: threading.Event) -> None:
        while not stopped.is_set():
            with lock:
                batch = [
                    event(
                        next(numbers), agentId=chance.randrange(10**6), nickname="é\n" * chance.randrange(99)
                    )
                    for _ in range(chance.randrange(1, 30))
                ]
            try:
                answer = collector.post(batch)
            except httpx2.TransportError:
                continue
            if answer.status_code == 202:
                acknowledged.update({one["eventId"]: one for one in batch})

    for _ in range(KILLS):
        stopped = threading.Event()
        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(send_until, stopped)
            time.sleep(chance.uniform(0.05, 0.3))
            collector.stop(signal.SIGKILL)
            stopped.set()
        collector.start()
    assert collector.stop() == 0
    stored = as_sent(collector)
    assert len(acknowledged) > KILLS
    assert {key: stored.get(key) for key in acknowledged} == acknowledged


def as_sent(collector) -> dict[str, dict]:
    """What was stored by event id, without what the collector adds."""
    events = collector.stored()
    assert {one.pop("accountId") for one in events} == {NORTHWIND}
    assert all(one.pop("receivedAt") for one in events)
    return {one["eventId"]: one for one in events}


def test_one_sync_serves_many_requests(make_collector, event):
    collector = make_collector(slow=True)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: collector.post([event(number)]).status_code, range(64)))
    assert answers == [202] * 64
    assert 1 <= collector.gauge("syncs") < 64


def test_after_a_failed_sync_nobody_who_waits_is_told_yes_and_the_process_ends(make_collector, event):
    collector = make_collector()
    assert collector.post([event(1)]).status_code == 202
    (collector.folder / "hold").touch()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(collector.post, [event(2)])
        wait_until(lambda: collector.gauge("waiting_bytes") > 0)
        size = collector.gauge("waiting_bytes")
        others = [pool.submit(collector.post, [event(number)]) for number in range(3, 10)]
        wait_until(lambda: collector.gauge("waiting_bytes") == 8 * size)
        (collector.folder / "broken").touch()
        (collector.folder / "hold").unlink()
        answers = [one.result() for one in (first, *others)]
    assert {(one.status_code, one.json()["error"]["reason"]) for one in answers} == {(503, "disk_failed")}
    assert all(one.headers["Retry-After"] for one in answers)
    assert collector.process.wait(timeout=30) == 1
    assert (collector.folder / "syncs").read_text() == "x", "the same data is never synced again"
    (collector.folder / "broken").unlink()
    collector.start()
    assert collector.stop() == 0
    assert "e1" in as_sent(collector)


def test_a_full_disk_ends_the_process_and_leaves_exactly_what_was_acknowledged(make_collector, event):
    collector = make_collector(most_file_bytes=100_000)
    acknowledged, number = {}, 0
    while True:
        batch = [event(number := number + 1, nickname="x" * 200) for _ in range(20)]
        answer = collector.post(batch)
        if answer.status_code != 202:
            break
        acknowledged |= {one["eventId"]: one for one in batch}
    assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "disk_failed")
    assert collector.process.wait(timeout=30) == 1
    (segment,) = (collector.folder / "collector" / "web-1" / "open").glob("segments*")
    assert segment.stat().st_size == 100_000, "a group that is written in part"
    collector.start(most_file_bytes=0)
    assert collector.stop() == 0
    assert as_sent(collector) == acknowledged
    (torn,) = collector.stored("deadletter")
    assert torn["reason"] == "torn" and f'"eventId":"{batch[0]["eventId"]}"' in torn["body"]


def test_when_too_much_waits_for_the_disk_producers_are_told_to_come_back(make_collector, event):
    collector = make_collector(most_waiting_bytes=1000)
    (collector.folder / "hold").touch()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(collector.post, [event(number) for number in range(50)])
        wait_until(lambda: collector.gauge("waiting_bytes") > 1000)
        answer = collector.post([event(50)])
        (collector.folder / "hold").unlink()
    assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "busy")
    assert answer.headers["Retry-After"]
    assert waiting.result().status_code == 202
    assert collector.post([event(51)]).status_code == 202


def test_an_orderly_stop_seals_and_deregisters(collector, event):
    assert collector.post([event()]).status_code == 202
    assert collector.stop() == 0
    assert [one["accountId"] for one in collector.stored()] == [NORTHWIND]
    assert registered(LocalStore(collector.folder / "store"))[0].until is not None


def test_an_event_sent_twice_is_stored_twice_with_one_id_for_the_pipeline_to_drop(collector, event):
    one = event()
    assert [collector.post([one]).status_code for _ in range(2)] == [202, 202]
    collector.stop()
    assert [stored["eventId"] for stored in collector.stored()] == ["e1", "e1"]


def test_refused_events_are_kept_with_their_reason_and_bytes(collector, event):
    collector.post([event(), event(2, timestamp=5)])
    collector.post(b"[nonsense")
    collector.post(b"\xff\xfe")
    collector.post(b"\xff" * 70_000, content_encoding="gzip")
    collector.post(b"[{}", content_encoding="br")
    collector.stop()
    letters = collector.stored("deadletter")
    assert [letter["reason"] for letter in letters] == [
        "timestamp_in_seconds",
        "malformed_json",
        "malformed_json",
        "damaged_encoding",
    ]
    assert (
        letters[0]["index"] == 1
        and letters[0]["keyId"] == "k-north"
        and '"timestamp":5' in letters[0]["body"]
    )
    assert letters[1]["body"] == "[nonsense" and "index" not in letters[1]
    assert letters[2]["encoding"] == "base64"
    assert b64decode(letters[3]["body"]) == b"\xff" * 2**16 and letters[3]["bodyBytes"] == 70_000


def test_hours_end_also_while_nobody_sends(make_collector, event):
    collector = make_collector(clock_speed=3600.0)
    store = LocalStore(collector.folder / "store")
    start = registered(store)[0].since
    assert collector.post([event(timestamp=start)]).status_code == 202
    second = hour_of(start) + HOUR_MS
    for _ in range(500):
        if closed_by(store, second):
            break
        time.sleep(0.02)
    assert [len(closed_by(store, hour)["web-1"].segments) for hour in (second - HOUR_MS, second)].count(
        1
    ) == 1
    assert len(sealed(store, second - HOUR_MS, second + HOUR_MS)) == 1
    assert collector.stop() == 0


def test_a_second_collector_of_the_same_id_is_refused(collector):
    second = run([*collector.process.args], capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert "give each its own TRUNKLINE_COLLECTOR_ID" in second.stderr


def test_a_restart_during_an_outage_of_the_keys_uses_those_it_knew(collector, event):
    wait_until(lambda: (collector.folder / "collector" / "web-1" / "keys.json").exists())
    assert b"tlw_" not in (collector.folder / "collector" / "web-1" / "keys.json").read_bytes()
    (collector.folder / "down").touch()
    collector.stop()
    collector.start()
    assert collector.post([event()]).status_code == 202
    assert collector.post([event()], key="tlw_other").status_code == 401


def test_without_any_keys_yet_producers_are_told_to_wait(make_collector, event):
    collector = make_collector(no_keys=True, not_ready=True)
    answer = collector.post([event()])
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    ready = httpx2.get(f"{collector.url}/ready")
    assert ready.status_code == 503 and ready.json()["checks"]["keys"] is False


def test_a_revoked_key_is_soon_refused(collector, event):
    assert collector.post([event()]).status_code == 202
    (collector.folder / "keys.json").write_text("[]")
    wait_until(lambda: collector.post([event()]).status_code == 401)


def wait_until(condition):
    for _ in range(250):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("did not happen")
