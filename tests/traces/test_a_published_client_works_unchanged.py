"""tap-liveperson of PyPI, written for LivePerson's own cloud, reads agent activity from ours."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from traces.stack import Stack, eventually
from trunkline.client import DataAccess, OAuth1

ROOT = Path(__file__).parents[2]
TAP = ROOT / ".venv" / "peers" / "tap-liveperson" / "bin" / "python"
ACCOUNT = "75555851"


def tap(folder: Path, stack: Stack, *arguments: str) -> str:
    assert TAP.exists(), "tests/install-peers installs tap-liveperson"
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_ACCESS_HOST": stack.platform.removeprefix("https://"),
        "REQUESTS_CA_BUNDLE": str(stack.ca),
    }
    command = [
        str(TAP),
        "-W",
        "ignore",
        str(ROOT / "tests" / "peers" / "run_tap_liveperson.py"),
        "--config",
        "config.json",
    ]
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_published_client_works_unchanged(stack: Stack, tmp_path: Path) -> None:
    stack.run("account", "create", ACCOUNT, "--name", "Northwind")
    # The version whose shape live clients read.
    stack.run("account", "data-type", "enable", ACCOUNT, "agentActivity", "--schema-version", "1.0.0.35")
    reading, writing = stack.key(ACCOUNT, "data-access"), stack.key(ACCOUNT, "collect")
    now = stack.clock.now()
    ada = {
        "agentId": 9,
        "employeeId": "E9",
        "userName": "ada",
        "nickname": "Ada",
        "loginName": "ada@northwind.example",
    }
    known = {**ada, "groupId": 4, "profileIds": [11], "slots": 4, "previousState": 1}
    chats = {"concurrentEngagements": 0, "previousConcurrentEngagements": 0}
    shift = [
        {**known, **chats, "eventId": "1", "type": "agent.login", "timestamp": now, "state": 0},
        {**known, **chats, "eventId": "2", "type": "agent.status", "timestamp": now + 1, "state": 2},
        {**known, **chats, "eventId": "3", "type": "agent.logout", "timestamp": now + 2, "state": 0},
    ]
    eventually(lambda: stack.post(ACCOUNT, writing["token"], shift).status_code == 202)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with DataAccess(stack.platform, ACCOUNT, OAuth1.from_key(reading), ca=stack.ca) as data:
        eventually(lambda: data.files("agentActivity", yesterday, yesterday + timedelta(days=6)))

    config = {
        "account_id": ACCOUNT,
        "app_key": reading["appKey"],
        "app_secret": reading["secret"],
        "access_token": reading["accessToken"],
        "access_token_secret": reading["accessTokenSecret"],
        "start_date": yesterday.isoformat(),
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    catalog = json.loads(tap(tmp_path, stack, "--discover"))
    for stream in catalog["streams"]:
        chosen = {"inclusion": "available", "selected": stream["stream"] == "agent_activity"}
        stream["metadata"] = [{"breadcrumb": [], "metadata": chosen}]
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))

    messages = [json.loads(line) for line in tap(tmp_path, stack, "--catalog", "catalog.json").splitlines()]
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    assert [(record["type"]["long"], record["state"]["long"]) for record in records] == [
        (3, 0),
        (1, 2),
        (4, 0),
    ]
    assert {record["agentLoginname"]["string"] for record in records} == {"ada@northwind.example"}
    assert records[0]["_meta"] == {"startTime": now, "endTime": now + 2}
