"""A backup is taken while everything runs; restored elsewhere it is the installation of that moment."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from tests.platform.live import signer

from traces.stack import SPEED, Stack, eventually, running
from traces.test_an_event_becomes_a_download import ADA, a_shift
from trunkline.client import DataAccess, OAuth1
from trunkline.clock import Clock

NORTHWIND = "75555851"


class Producer:
    """Sends until told to stop; knows what was acknowledged."""

    def __init__(self, stack: Stack, token: str) -> None:
        self._stack, self._token = stack, token
        self.acknowledged: list[str] = []

    def send(self, events: list[dict[str, Any]]) -> bool:
        answer = self._stack.post(NORTHWIND, self._token, events)
        if answer.status_code == 202 and answer.json()["accepted"] == len(events):
            self.acknowledged += [event["eventId"] for event in events]
            return True
        return False

    @contextmanager
    def sending(self) -> Iterator[None]:
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                self.send([a_status(f"status-{len(self.acknowledged)}", self._stack.clock)])

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def test_a_backup_becomes_the_same_installation(
    tmp_path: Path, database_url: str, other_database_url: str
) -> None:
    clock = Clock(speed=SPEED, origin=int(time.time() * 1000))
    data, backup, restored = (tmp_path / name for name in ("data", "backup", "restored"))
    data.mkdir()
    with running(data, clock, database_url) as stack:
        stack.account(NORTHWIND, "Northwind", "Europe/Amsterdam")
        reading, writing = stack.key(NORTHWIND, "data-access"), stack.key(NORTHWIND, "collect")
        producer = Producer(stack, writing["token"])
        eventually(lambda: producer.send(a_shift(clock.now())))
        eventually(lambda: listed(stack, reading))
        with producer.sending():
            eventually(lambda: len(producer.acknowledged) > 20)
            acknowledged, files = set(producer.acknowledged), listed(stack, reading)
            stack.run("backup", str(backup))
            eventually(lambda: len(producer.acknowledged) > len(acknowledged))
        addresses = stack.platform, stack.collector

    environment = stack.environment | {"TRUNKLINE_DATA": str(restored)}
    if other_database_url:
        environment["DATABASE_URL"] = other_database_url
    told = Stack(tmp_path, environment, *addresses, clock).run("restore", str(backup))
    assert f"{restored} is as the backup of" in told
    assert str(data) not in (restored / "trunkline.env").read_text(encoding="utf-8")
    with running(restored, clock, other_database_url, addresses=addresses) as again:
        assert listed(again, reading).items() >= files.items()
        assert again.post(NORTHWIND, writing["token"], [a_status("after", clock)]).status_code == 202
        eventually(lambda: acknowledged <= set(collected(restored)))
        everything = collected(restored)
        assert len(everything) == len(set(everything)), "and nothing is there twice"


def a_status(event_id: str, clock: Clock) -> dict[str, Any]:
    return {**ADA, "type": "agent.status", "eventId": event_id, "state": 2, "timestamp": clock.now()}


def listed(stack: Stack, key: dict[str, str]) -> dict[str, str]:
    """The digest of every file that can be downloaded, by name."""
    start = datetime.fromtimestamp(stack.clock.origin / 1000, UTC) - timedelta(days=1)
    with DataAccess(stack.platform, NORTHWIND, OAuth1.from_key(key), ca=stack.ca) as data:
        files = data.files("agentActivity", start, start + timedelta(days=20))
    options = {"auth": signer(key), "verify": str(stack.ca), "timeout": 30}
    bodies = {file.name: requests.get(file.href, **options) for file in files}
    assert all(body.status_code == 200 for body in bodies.values())
    return {name: hashlib.sha256(body.content).hexdigest() for name, body in bodies.items()}


def collected(data: Path) -> list[str]:
    """The ids of the events in all segments, sealed or not."""
    lines = [
        json.loads(line)
        for folder in (data / "store" / "segments", data / "collector")
        for path in folder.rglob("*.ndjson")
        for line in path.read_bytes().splitlines()
    ]
    return [line["eventId"] for line in lines if "eventId" in line]
