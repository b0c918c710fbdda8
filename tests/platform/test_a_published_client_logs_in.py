"""LivePerson's own agent SDK for Node.js, written for their cloud, finds our Login Service, logs in and stays in."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.platform.conftest import CONTOSO
from tests.platform.live import Platform

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".venv" / "peers" / "node-agent-sdk"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def agent(live: Platform) -> str:
    """A user's log-in name, with that password."""
    path = live.folder / "password"
    path.write_text(PASSWORD)
    live.command("admin", "create", "--account", CONTOSO, "zoe", "--password-file", str(path))
    return "zoe"


def run(live: Platform, username: str, password: str) -> "subprocess.CompletedProcess[str]":
    assert (PEER / "node_modules").exists(), "tests/install-peers installs node-agent-sdk"
    environment = {
        "PATH": os.environ["PATH"],
        "NODE_PATH": str(PEER / "node_modules"),
        "NODE_EXTRA_CA_CERTS": live.ca,
        "HOST": live.url.removeprefix("https://"),
        "ACCOUNT": CONTOSO,
        "USERNAME": username,
        "PASSWORD": password,
    }
    script = ROOT / "tests" / "peers" / "node-agent-sdk" / "run.cjs"
    return subprocess.run(
        ["node", "--no-deprecation", str(script)], env=environment, capture_output=True, text=True, timeout=60
    )


def status(live: Platform, bearer: str) -> int:
    path = f"{live.url}/api/account/{CONTOSO}/configuration/metadata/audit/export"
    headers = {"Authorization": f"Bearer {bearer}"}
    return requests.get(path, headers=headers, verify=live.ca, timeout=30).status_code


def test_a_published_client_logs_in_and_refreshes(live: Platform, agent: str) -> None:
    done = run(live, agent, PASSWORD)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    assert made["userId"].isdigit()
    assert status(live, made["bearer"]) == 200
    again = json.loads(run(live, agent, PASSWORD).stdout)
    assert (status(live, made["bearer"]), status(live, again["bearer"])) == (401, 200)
    for secret in (PASSWORD, made["bearer"], made["csrf"], again["bearer"]):
        assert secret not in live.log


def test_a_published_client_is_told_that_the_password_is_wrong(live: Platform, agent: str) -> None:
    done = run(live, agent, "wrong")
    assert (done.returncode, done.stdout) == (1, "")
    # It makes an error of our answer, not of one that it cannot read.
    assert "SDKError" in done.stderr or "Request._callback" in done.stderr
