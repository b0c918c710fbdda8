"""The first story again with the store on an S3-compatible server, which goes away and comes back."""

import gzip
import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.platform.live import signer

from store import places
from store.places import Place
from traces.stack import Stack, eventually
from trunkline.client import DataAccess, OAuth1
from trunkline.client.listing import RemoteFile
from trunkline.client.producer import Producer
from trunkline.clock import HOUR_MS
from trunkline.store import Store, open_store

NORTHWIND = "75555851"


@pytest.fixture
def s3() -> Iterator[Place]:
    with places.s3() as place:
        yield place


@pytest.fixture
def store_settings(s3: Place) -> dict[str, str]:
    return {**s3.environment, "TRUNKLINE_STORE": s3.url}


@pytest.fixture
def store(s3: Place, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return open_store(s3.url)


def a_shift(now: int, session: str) -> list[dict[str, Any]]:
    """Somebody else for every session logs in and out, within a minute of data time."""
    login = {"eventId": f"{session}-in", "type": "agent.login", "timestamp": now, "sessionId": session}
    logout = {"eventId": f"{session}-out", "type": "agent.logout", "timestamp": now + 60_000}
    return [{"agentId": sum(session.encode()), **event} for event in (login, logout)]


def test_collector_pipeline_and_downloads_work_on_an_s3_server(
    stack: Stack, store: Store, tmp_path: Path
) -> None:
    stack.account(NORTHWIND, "Northwind")
    reading, writing = stack.key(NORTHWIND, "data-access"), stack.key(NORTHWIND, "collect")
    now = stack.clock.now()
    eventually(lambda: stack.post(NORTHWIND, writing["token"], a_shift(now, "shift")).status_code == 202)

    with DataAccess(stack.platform, NORTHWIND, OAuth1.from_key(reading), ca=stack.ca) as data:
        file = eventually(lambda: listed(data, now))
        whole = data.download(file, tmp_path / "downloads").path.read_bytes()
    assert sessions_in(whole) == ["shift"]

    # What is served are the bytes of the object, whole and in parts, under its digest.
    assert whole in [store.read(key) for key in store.list(f"files/{NORTHWIND}")]
    options = {"auth": signer(reading), "verify": str(stack.ca), "timeout": 30}
    part = requests.get(file.href, headers={"Range": "bytes=10-19"}, **options)
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["ETag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    same = requests.get(file.href, headers={"If-None-Match": part.headers["ETag"]}, **options)
    assert same.status_code == 304

    # Nothing of the store is on this disk but copies, and what is not sealed or uploaded yet.
    assert not (stack.data / "store").exists()
    assert [path.suffix for path in (stack.data / "collector").rglob("*.ndjson")] in ([], [".ndjson"])


def test_what_was_acknowledged_while_the_store_was_away_is_not_lost_though_the_collector_was_killed(
    stack: Stack, store: Store, s3: Place, tmp_path: Path
) -> None:
    stack.account(NORTHWIND, "Northwind")
    reading, writing = stack.key(NORTHWIND, "data-access"), stack.key(NORTHWIND, "collect")
    acknowledged: list[str] = []

    def send(name: str) -> None:
        for event in a_shift(stack.clock.now(), name):
            producer.send(event)
            acknowledged.append(event["eventId"])
        producer.flush(timeout=60)

    spool = tmp_path / "spool"
    with Producer(stack.collector, NORTHWIND, writing["token"], spool=spool, ca=stack.ca) as producer:
        send("before")
    with (
        s3.failing("away"),
        Producer(stack.collector, NORTHWIND, writing["token"], spool=spool, ca=stack.ca) as producer,
    ):
        send("away")
        # An hour ends meanwhile: its segments are sealed, and wait.
        eventually(lambda: sealed_here(stack), 30)
        send("an-hour-later")
        os.kill(stack.pid("collector"), signal.SIGKILL)
        # Started again without its store, it goes on.
        send("after-the-kill")
        hours = len(sealed_here(stack))
        eventually(lambda: len(sealed_here(stack)) > hours, 30)

    eventually(lambda: set(stored(store)) >= set(acknowledged))
    assert sorted(stored(store)) == sorted(acknowledged), "and nothing is there twice"
    eventually(lambda: not sealed_here(stack))

    # A file has each of them, and each hour has its marker.
    with DataAccess(stack.platform, NORTHWIND, OAuth1.from_key(reading), ca=stack.ca) as data:
        start = datetime.fromtimestamp(stack.clock.now() / 1000, UTC) - timedelta(days=1)

        def published() -> set[str]:
            files = data.files("agentActivity", start, start + timedelta(days=30))
            options = {"auth": signer(reading), "verify": str(stack.ca), "timeout": 30}
            return {
                name for file in files for name in sessions_in(requests.get(file.href, **options).content)
            }

        eventually(lambda: published() == {"before", "away", "an-hour-later", "after-the-kill"})
    (registration,) = (json.loads(store.read(key)) for key in store.list("collectors"))
    markers = [key for key in store.list("segments") if key.endswith(".closed.json")]
    first = registration["since"] // HOUR_MS * HOUR_MS
    assert len(markers) >= (registration["closed"] - first) // HOUR_MS
    for log in (stack.data / "log").glob("*.log"):
        assert places.SECRET not in log.read_text()


def listed(data: DataAccess, now: int) -> RemoteFile | None:
    start = datetime.fromtimestamp(now / 1000, UTC) - timedelta(hours=1)
    files = list(data.files("agentActivity", start, start + timedelta(days=30)))
    return files[0] if files else None


def sessions_in(file: bytes) -> list[str]:
    return re.findall(r'"agentSessionId":\{"string":"([^"]+)"', gzip.decompress(file).decode())


def sealed_here(stack: Stack) -> list[Path]:
    """Segments that wait for the store."""
    return list((stack.data / "collector").glob("*/sealed/segments/*/*.ndjson"))


def stored(store: Store) -> Iterator[str]:
    """The ids of the events in the store's sealed segments."""
    keys = list(store.list("segments"))
    for key in keys:
        if key.endswith(".ndjson") and f"{key.removesuffix('.ndjson')}.json" in keys:
            events = [json.loads(line) for line in store.read(key).splitlines()]
            yield from (event["eventId"] for event in events if "eventId" in event)
