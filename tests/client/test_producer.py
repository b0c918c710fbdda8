"""The producer against a real collector: whatever `send` has returned for arrives."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.resetting import resetting_relay
from collector.running import Running
from trunkline.client.producer import Producer
from trunkline.client.spool import Spool, SpoolFull, SpoolInUse

NORTHWIND = "75555851"
KILLS = 50 if os.environ.get("TRUNKLINE_TEST_LONG") else 5
SENDER = """
import sys
from trunkline.client.producer import Producer
producer = Producer(sys.argv[1], "75555851", "tlw_north", spool=sys.argv[2], batch_seconds=0.01)
for number in range(100_000):
    print(producer.send({"type": "agent.heartbeat", "agentId": number}), flush=True)
"""


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, max_batch_events=500).start()
    yield running
    if running.process.poll() is None:
        running.stop()


def heartbeat(agent_id: int = 9) -> dict:
    return {"type": "agent.heartbeat", "agentId": agent_id}


def producer(collector: Running, url: str = "", **options) -> Producer:
    return Producer(url or collector.url, NORTHWIND, "tlw_north", spool=collector.folder / "spool", **options)


def stored_ids(collector: Running) -> set[str]:
    assert collector.stop() == 0
    return {event["eventId"] for event in collector.stored()}


def test_events_arrive_with_an_id_and_a_timestamp(collector):
    with producer(collector) as sender:
        ids = [sender.send(heartbeat()) for _ in range(10)]
        assert sender.send(heartbeat() | {"eventId": "mine"}) == "mine"
        assert sender.flush()
    assert stored_ids(collector) == {*ids, "mine"}


def test_a_batch_that_is_too_large_for_the_collector_is_split(collector):
    with producer(collector, batch_events=2000, batch_seconds=0.5) as sender:
        ids = {sender.send(heartbeat()) for _ in range(1600)}
        assert sender.flush()
    assert stored_ids(collector) == ids


def test_a_batch_that_breaks_three_connections_is_halved(tmp_path):
    collector = Running(tmp_path, max_body_bytes=7000).start()
    sender = producer(collector, url="http://127.0.0.1:9")
    ids = {sender.send(heartbeat()) for _ in range(100)}
    sender.close(timeout=0)
    with resetting_relay(collector.url) as (url, seen), producer(collector, url=url) as sender:
        assert sender.flush()
    assert seen == [(100, 413)] * 3 + [(50, 202)] * 2
    assert stored_ids(collector) == ids


def test_refused_events_are_told_and_not_sent_again(collector):
    told = []
    with producer(collector, on_refused=lambda event, refusal: told.append((event, refusal))) as sender:
        good = sender.send(heartbeat())
        bad = sender.send({"type": "agent.heartbeat"})
        assert sender.flush()
    assert [(event["eventId"], refusal["reason"], refusal["field"]) for event, refusal in told] == [
        (bad, "missing_field", "agentId")
    ]
    assert stored_ids(collector) == {good}


def test_events_wait_in_the_spool_while_the_collector_is_away(collector):
    port = collector.url.rpartition(":")[2]
    collector.stop()
    with producer(collector) as sender:
        ids = {sender.send(heartbeat()) for _ in range(50)}
        assert not sender.flush(timeout=0.3)
        collector.start(collector_bind=f"127.0.0.1:{port}")
        assert sender.flush()
    assert stored_ids(collector) == ids


def test_a_new_producer_sends_what_an_earlier_one_left(collector):
    collector.stop()
    sender = producer(collector)
    ids = {sender.send(heartbeat()) for _ in range(50)}
    assert not sender.close(timeout=0)
    collector.start()
    with producer(collector) as sender:
        assert sender.flush()
    assert stored_ids(collector) == ids


def test_a_key_that_is_not_valid_is_reported_and_the_events_are_kept(collector):
    problems = []
    sender = Producer(
        collector.url, NORTHWIND, "tlw_wrong", spool=collector.folder / "spool", on_error=problems.append
    )
    ids = {sender.send(heartbeat())}
    assert not sender.close(timeout=0.5)
    assert "401" in problems[0] and "tlw_wrong" not in problems[0] + repr(sender)
    with producer(collector) as again:
        assert again.flush()
    assert stored_ids(collector) == ids


def test_a_producer_killed_at_any_moment_loses_nothing_that_send_returned_for(collector):
    sent: set[str] = set()
    for number in range(KILLS):
        command = [sys.executable, "-c", SENDER, collector.url, str(collector.folder / "spool")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            sent.add(process.stdout.readline().strip())
            time.sleep(0.05 * number)
            process.kill()
            lines = process.stdout.read().splitlines(keepends=True)
        sent |= {line.strip() for line in lines if line.endswith("\n")}
    with producer(collector) as sender:
        assert sender.flush()
    assert len(sent) > KILLS
    assert sent <= stored_ids(collector)


LINES = [json.dumps({"n": number}).encode() + b"\n" for number in range(20)]


def waiting(folder: Path) -> list[bytes]:
    spool = Spool(folder, 10**6)
    try:
        return spool.peek(100, 10**6)[0]
    finally:
        spool.close()


def append(folder: Path, line: bytes) -> None:
    spool = Spool(folder, 10**6)
    spool.append(line, sync=True)
    spool.close()


def test_after_a_power_cut_within_an_acknowledged_line_the_next_event_is_sent_whole(tmp_path):
    (tmp_path / "000000000001.ndjson").write_bytes(b'{"a":1}\n{"a":2,"long')
    (tmp_path / "position").write_text("1 40\n")
    append(tmp_path, b'{"next":1}\n')
    append(tmp_path, b'{"next":2,"longer":"than what was acknowledged before"}\n')
    assert waiting(tmp_path) == [
        b'{"next":1}\n',
        b'{"next":2,"longer":"than what was acknowledged before"}\n',
    ]


@given(length=st.integers(0, 200), acknowledged=st.integers(0, 20))
@settings(deadline=None, max_examples=100)
def test_a_spool_cut_at_any_byte_keeps_what_is_whole_and_not_acknowledged(
    tmp_path_factory, length, acknowledged
):
    folder = tmp_path_factory.mktemp("spool")
    size = sum(map(len, LINES[:acknowledged]))
    (folder / "position").write_text(f"1 {size}\n")
    (folder / "000000000001.ndjson").write_bytes(b"".join(LINES)[:length])
    whole = b"".join(LINES)[:length].count(b"\n")
    # Each by a producer of its own: the position is read again in between.
    for number in range(3):
        append(folder, b'{"new":%d}\n' % number)
    assert waiting(folder) == LINES[acknowledged:whole] + [b'{"new":%d}\n' % number for number in range(3)]


def test_a_full_spool_is_a_clear_error(tmp_path):
    sender = Producer("http://127.0.0.1:9", NORTHWIND, "tlw_north", spool=tmp_path, spool_bytes=300)
    with pytest.raises(SpoolFull, match="at most 300"):
        for _ in range(10):
            sender.send(heartbeat())
    sender.close(timeout=0)


def test_what_cannot_be_sent_is_refused_at_once(tmp_path):
    sender = Producer("http://127.0.0.1:9", NORTHWIND, "tlw_north", spool=tmp_path)
    with pytest.raises(ValueError, match="at most"):
        sender.send(heartbeat() | {"nickname": "x" * 70_000})
    with pytest.raises(ValueError):
        sender.send({"agentId": float("nan")})
    with pytest.raises(SpoolInUse):
        Producer("http://127.0.0.1:9", NORTHWIND, "tlw_north", spool=tmp_path)
    sender.close(timeout=0)
    with pytest.raises(RuntimeError):
        sender.send(heartbeat())
