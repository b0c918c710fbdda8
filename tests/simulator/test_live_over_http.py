"""The live simulation, the real producer and the real collector."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from typing import Any

from trunkline.client.producer import Producer
from trunkline.clock import HOUR_MS, REAL, hour_of
from trunkline.segments.reader import sealed
from trunkline.simulator.centre import Centre
from trunkline.simulator.demonstration import CONTOSO, NORTHWIND
from trunkline.simulator.live import live
from trunkline.simulator.position import Position
from trunkline.store import LocalStore

TOKENS = {"75555851": "tlw_northwind", "28045150": "tlw_contoso"}
COLLECTOR = """
import json, sys
from trunkline import settings
from trunkline.collector.keys import WriteKey, digest_of
from trunkline.collector.serve import serve

class Keys:
    def write_keys(self):
        return [WriteKey(account, account, digest_of(token)) for account, token in json.loads(sys.argv[1]).items()]

sys.exit(serve(settings.load(), Keys()))
"""
CENTRES = [replace(NORTHWIND, agents=20), replace(CONTOSO, agents=20)]


@contextmanager
def collector(folder: Path) -> Iterator[str]:
    """The address of a collector; when the block ends it has stopped in an orderly way: everything is sealed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "TRUNKLINE_DATA": str(folder),
        "TRUNKLINE_COLLECTOR_ID": "live",
        "TRUNKLINE_COLLECTOR_BIND": f"127.0.0.1:{port}",
        "TRUNKLINE_DISK_RESERVE_BYTES": "1",
    }
    with (folder / "collector.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", COLLECTOR, json.dumps(TOKENS)],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        code = process.wait(timeout=30)
    assert code == 0, (folder / "collector.log").read_text()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the collector did not start")


class Counting(Producer):
    """Raises a flag after so many events, and waits until they are acknowledged."""

    most, stop = 0, Flag()

    def send(self, event: Any) -> str:
        self.most -= 1
        if not self.most:
            self.stop.set()
        return super().send(event)

    def close(self, timeout: float = 10.0) -> bool:
        return super().close(timeout=20)


def run(url: str, tmp_path: Path, since: int, most: int) -> None:
    """Every centre sends what has come due since then, until one of them has sent so many."""
    stop = Flag()

    def producer_of(centre: Centre) -> Counting:
        producer = Counting(
            url, centre.account, TOKENS[centre.account], spool=tmp_path / "spool" / centre.account
        )
        producer.most, producer.stop = most, stop
        return producer

    live(CENTRES, producer_of, REAL, stop, since=lambda _: since, positions=tmp_path / "positions")


def received(folder: Path, since: int) -> dict[str, list[str]]:
    """The ids of the events in the sealed segments, by account."""
    found: dict[str, list[str]] = {account: [] for account in TOKENS}
    store = LocalStore(folder / "store")
    for manifest in sealed(store, hour_of(since), REAL.now() + 1):
        for line in store.read(manifest.segment).splitlines():
            event = json.loads(line)
            if "eventId" in event:
                found[event["accountId"]].append(event["eventId"])
    return found


def test_over_two_runs_the_collector_receives_what_the_centres_sent_and_nothing_else(tmp_path: Path) -> None:
    since = REAL.now() - 22 * HOUR_MS
    with collector(tmp_path) as url:
        run(url, tmp_path, since, 150)
        run(url, tmp_path, since, 150)
    found = received(tmp_path, since)
    assert sum(map(len, found.values())) >= 300
    for centre in CENTRES:
        last = Position(tmp_path / "positions" / centre.account).read()
        due = [(at, event.event_id) for at, event in centre.arrivals(since, REAL.now())]
        assert last is not None
        # It may have stopped between two arrivals of one millisecond.
        assert {one for at, one in due if at < last} <= set(found[centre.account])
        assert set(found[centre.account]) <= {one for at, one in due if at <= last}
    assert not list(LocalStore(tmp_path / "store").list("deadletter"))
