"""Callers without a key who only hold connections open: the collector goes on."""

import socket
import ssl
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from collector.running import Running
from trunkline.certificates import ensure_certificate
from trunkline.clock import hour_of
from trunkline.segments.reader import closed_by, registered
from trunkline.store import LocalStore

OPEN_FILES = 256
FLOOD = 320


@pytest.fixture(params=["plain", "tls"])
def collector(request, tmp_path: Path, make_collector) -> Running:
    options = {"clock_speed": 3600.0, "open_files": OPEN_FILES}
    if request.param == "tls":
        ensure_certificate(tmp_path / "ca", ["localhost", "127.0.0.1"])
        options |= {
            "tls_certificate": str(tmp_path / "ca" / "server.crt"),
            "tls_key": str(tmp_path / "ca" / "server.key"),
            "trust": ssl.create_default_context(cafile=tmp_path / "ca" / "ca.crt"),
        }
    return make_collector(**options)


def wait_until_an_hour_ends(collector: Running) -> None:
    ended = sum(line["event"] == "hour closed" for line in collector.log())
    for _ in range(500):
        if sum(line["event"] == "hour closed" for line in collector.log()) > ended:
            return
        assert collector.process.poll() is None
        time.sleep(0.02)
    raise TimeoutError("no hour ended")


def test_a_flood_of_silent_connections_does_not_end_the_collector(collector, event):
    store = LocalStore(collector.folder / "store")
    start = registered(store)[0].since
    address = urlsplit(collector.url)
    url = f"{collector.url}/collector/v1/account/75555851/events"
    headers = {"Authorization": "Bearer tlw_north"}
    with ExitStack() as held:
        client = held.enter_context(httpx2.Client(verify=collector.trust, headers=headers))
        assert client.post(url, json=[event(timestamp=start)]).status_code == 202
        for _ in range(FLOOD):
            held.enter_context(socket.create_connection((address.hostname, address.port)))
        wait_until_an_hour_ends(collector)
        assert client.post(url, json=[event(2, timestamp=start)]).status_code == 202
    for _ in range(500):
        try:
            assert collector.post([event(3, timestamp=start)]).status_code == 202
            break
        except httpx2.TransportError:
            time.sleep(0.02)
    assert collector.stop() == 0
    assert closed_by(store, hour_of(start))
    assert len(collector.log()) < 1000 and not any("Too many" in str(line) for line in collector.log())
