"""The audit trail on the real server: published clients unchanged, and exports of any length."""

import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.platform.collecting import AUDIT, Archive, Collector, now
from tests.platform.conftest import NORTHWIND
from tests.platform.live import Platform, signer

ACCOUNT = "31415926"
KILLS = 100 if os.environ.get("TRUNKLINE_TEST_LONG") else 3

# Enough that an export is many blocks, and more than pipes and sockets hold.
MANY = f"""
from trunkline.platform import project
project.start()
from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR, Actor, Kind, Originator
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.trail import changing
accounts.create_account(OPERATOR, "{ACCOUNT}", name="Tailspin", time_zone="UTC")
jane = Actor(Kind.USER, "42", "{ACCOUNT}", originator=Originator(name="Jane", login_name="jane@tailspin.example"))
with changing(jane, "{ACCOUNT}") as trail:
    trail.record(Subject("skill", "7", "Invoices"), before={{"name": "Billing"}}, after={{"name": "Invoices"}})
for batch in range(4):
    with changing(jane, "{ACCOUNT}") as trail:
        for n in range(500):
            name = f"Cards {{batch}}-{{n}}"
            trail.record(Subject("lob", str(n), name), before=None, after={{"name": name, "description": "x" * 2000}})
"""


@pytest.fixture(scope="module")
def key(live: Platform) -> dict[str, str]:
    live.python(MANY)
    created = live.command(
        "key", "create", "--account", ACCOUNT, "--name", "archive", "--permission", "audit-trail", "--json"
    )
    return dict(json.loads(created))


def test_a_client_that_pages_by_graphql_has_every_record_once(live: Platform, key: dict[str, str]) -> None:
    archive = Archive(live.url, ACCOUNT, signer(key), live.ca)
    assert archive.load(now(), page=500) == archive.load(now(), page=499) > 4000
    renamed = [row for row in archive.rows.values() if row["newValue"] == "Invoices"]
    assert [(row["actionType"], row["element"], row["oldValue"]) for row in renamed] == [
        ("Edit", "Name", "Billing")
    ]
    assert {row["originator"] for row in renamed} == {"Jane"}
    lines = exported(live, key, "export?lpa=true&automaticUpdates=true").decode().split("\n")
    assert len(archive.rows) == int(lines[4]) == len(lines) - 8


def test_the_documented_example_prints_what_was_changed(
    live: Platform, key: dict[str, str], tmp_path: Path
) -> None:
    document = (Path(__file__).parents[2] / "docs/api/audit-trail.md").read_text()
    [example] = re.findall(r"^```python\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    (tmp_path / "key.json").write_text(json.dumps(key))
    for written, here in {
        "https://localhost:8443": live.url,
        "75555851": ACCOUNT,
        "data/ca/ca.crt": live.ca,
    }.items():
        assert written in example
        example = example.replace(written, here)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert "'oldValue': 'Billing', 'newValue': 'Invoices'" in done.stdout


def test_a_collector_of_the_flat_form_has_every_record_oldest_first(
    live: Platform, key: dict[str, str]
) -> None:
    collector = Collector(live.url, ACCOUNT, key["appKey"], key["secret"], live.ca)
    events = collector.collect(now() - timedelta(hours=1))
    assert len(events) > 0
    assert [event["changeNumber"] for event in events] == sorted(event["changeNumber"] for event in events)
    assert [event["changeDate"] for event in events] == sorted(event["changeDate"] for event in events)
    assert not collector.collect(now() + timedelta(hours=1))


def exported(live: Platform, key: dict[str, str], rest: str) -> bytes:
    response = requests.get(
        f"{live.url}{AUDIT.format(ACCOUNT)}/{rest}", auth=signer(key), verify=live.ca, timeout=30
    )
    assert response.status_code == 200, response.text
    return response.content


def test_lines_are_streamed_whole(live: Platform, key: dict[str, str]) -> None:
    entries = [json.loads(line) for line in exported(live, key, "lines").splitlines()]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) > 2000


def test_an_exporter_that_is_killed_again_and_again_ends_with_the_whole(
    live: Platform, key: dict[str, str], tmp_path: Path
) -> None:
    whole, copy, chance = exported(live, key, "lines"), tmp_path / "trail.ndjson", random.Random(3)
    command = [
        sys.executable,
        "-m",
        "trunkline",
        "audit",
        "export",
        "--account",
        ACCOUNT,
        "--output",
        str(copy),
    ]
    for _ in range(KILLS):
        enough = chance.randrange(len(whole))
        process = subprocess.Popen(command, env=live.environment, stderr=subprocess.DEVNULL)
        while process.poll() is None and (not copy.exists() or copy.stat().st_size <= enough):
            time.sleep(0.0005)
        process.kill()
        process.wait()
        if chance.random() < 0.5 and copy.exists():
            # A kill can come in the middle of a line, too.
            os.truncate(copy, chance.randrange(copy.stat().st_size + 1))
    subprocess.run(command, env=live.environment, check=True, timeout=60)
    assert copy.read_bytes() == exported(live, key, "lines")


def test_slow_readers_of_exports_keep_nobody_waiting(live: Platform, key: dict[str, str]) -> None:
    slow = [_begin(live, key) for _ in range(20)]
    try:
        done = threading.Event()

        def ask() -> None:
            live.get(f"/data_access_le/account/{NORTHWIND}/le", live.northwind)
            done.set()

        threading.Thread(target=ask, daemon=True).start()
        assert done.wait(30)
        # Nor a change: no transaction is open while they read.
        live.command("key", "create", "--account", ACCOUNT, "--name", "more", "--permission", "data-access")
    finally:
        for connection in slow:
            connection.close()


def _begin(live: Platform, key: dict[str, str]) -> socket.socket:
    """An export whose first bytes only are read."""
    url = f"{live.url}{AUDIT.format(ACCOUNT)}/lines"
    prepared: Any = requests.Request("GET", url, auth=signer(key)).prepare()
    context = ssl.create_default_context(cafile=live.ca)
    plain = socket.create_connection(("localhost", live.port), timeout=30)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection = context.wrap_socket(plain, server_hostname="localhost")
    authorization = prepared.headers["Authorization"]
    text = authorization.decode() if isinstance(authorization, bytes) else authorization
    head = f"GET {prepared.path_url} HTTP/1.1\r\nHost: localhost:{live.port}\r\nAuthorization: {text}\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    return connection
