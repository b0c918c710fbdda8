"""The collector speaks TLS itself, with a certificate of the local authority."""

import json
import socket
import ssl
import subprocess
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from collector.running import Running
from trunkline.certificates import ensure_certificate
from trunkline.client.producer import Producer


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    ensure_certificate(tmp_path / "ca", ["localhost", "127.0.0.1"])
    return tmp_path / "ca"


@pytest.fixture
def collector(tmp_path: Path, authority: Path, make_collector) -> Running:
    return make_collector(
        tls_certificate=str(authority / "server.crt"),
        tls_key=str(authority / "server.key"),
        trust=ssl.create_default_context(cafile=authority / "ca.crt"),
    )


def test_events_are_taken_over_https(collector, event):
    assert collector.url.startswith("https://")
    assert collector.post([event()]).json() == {"accepted": 1, "refused": []}
    collector.trust = True
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        collector.post([event(2)])
    collector.stop()
    assert [one["eventId"] for one in collector.stored()] == ["e1"]


def test_connections_that_lie_idle_do_not_keep_the_collector_from_ending(collector):
    address = urlsplit(collector.url)
    with ExitStack() as held:
        for _ in range(20):
            plain = held.enter_context(socket.create_connection((address.hostname, address.port)))
            idle = held.enter_context(collector.trust.wrap_socket(plain, server_hostname="localhost"))
            idle.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
        assert collector.stop() == 0
    assert not [line for line in collector.log() if "timeout graceful shutdown" in line["event"]]


def test_the_documented_example_works_as_it_stands(collector):
    text = (Path(__file__).parents[2] / "docs/api/collector.md").read_text()
    commands = text.partition("```bash\n")[2].partition("```")[0]
    (collector.folder / "keys").mkdir()
    (collector.folder / "keys" / "75555851.write.json").write_text('{"token": "tlw_north"}')
    port = collector.url.rpartition(":")[2]
    for documented, here in (("data/demo", str(collector.folder)), ("localhost:8444", f"localhost:{port}")):
        assert documented in commands
        commands = commands.replace(documented, here)
    done = subprocess.run(["bash", "-euc", commands], capture_output=True, timeout=30, check=True)
    answer = json.loads(done.stdout)
    assert answer["accepted"] == 1
    assert [(one["index"], one["reason"]) for one in answer["refused"]] == [(1, "timestamp_in_seconds")]


def test_the_producer_trusts_the_authority_it_is_given(collector, authority):
    with Producer(
        collector.url,
        "75555851",
        "tlw_north",
        spool=collector.folder / "spool",
        ca=authority / "ca.crt",
    ) as producer:
        sent = producer.send({"type": "agent.login", "agentId": 9})
        assert producer.flush()
    collector.stop()
    assert [one["eventId"] for one in collector.stored()] == [sent]
