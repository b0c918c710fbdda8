"""What the README promises: one command, then four commands to copy."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from traces.stack import eventually


class Newcomer:
    """Somebody at a shell, in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def types(self, command: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def demo(self, *arguments: str) -> str:
        return self.types(" ".join([str(Path(sys.executable).parent / "trunkline"), "demo", *arguments]))


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    made = Newcomer(tmp_path)
    yield made
    made.demo("stop")


def copied(screen: str, meaning: str) -> str:
    """The command that stands below these words."""
    lines = screen.splitlines()
    return lines[next(number for number, line in enumerate(lines) if meaning in line) + 1].strip()


def test_a_newcomer_holds_a_decoded_file_after_two_commands(newcomer: Newcomer) -> None:
    screen = newcomer.demo()
    summary = newcomer.types(copied(screen, "Pull the files"))
    assert "new files" in summary
    rows = [
        json.loads(line)
        for path in (newcomer.folder / "pulled").rglob("*.ndjson")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) > 1000
    assert {"agentSessionId", "agentID", "state", "timestamp"} <= rows[0].keys()

    assert newcomer.types(copied(screen, "Send an event")) == '{"accepted":1,"refused":[]}'
    shop = next(line.split()[1] for line in screen.splitlines() if line.startswith("  Shop "))
    page = newcomer.types(f"curl -sSf --cacert data/demo/ca/ca.crt {shop}")
    (script,) = re.findall(r'src="(https://localhost:\d+/collector/v1/tag.js)" data-account="75555851"', page)
    assert "sendBeacon" in newcomer.types(f"curl -sSf --cacert data/demo/ca/ca.crt {script}")
    assert "--type webSession" in copied(screen, "Find your visit to the shop")

    console = next(line.split()[1] for line in screen.splitlines() if line.startswith("  Console "))
    user, password = next(line.split()[-2:] for line in screen.splitlines() if "at the console" in line)
    answer = newcomer.types(
        f"curl -sS --cacert data/demo/ca/ca.crt -o /dev/null -w '%{{http_code}} %{{redirect_url}}' -H 'Sec-Fetch-Site: same-origin'"
        f" -d account=75555851 -d user={user} --data-urlencode password={password} {console}sign-in"
    )
    assert answer == f"302 {console}"

    assert "files complete until" in newcomer.types(copied(screen, "how far the files are"))
    assert newcomer.types(copied(screen, "Pull the files")).startswith("agentActivity: 0 new files")

    # Asked again it shows the same; stopped and started again it goes on with the same accounts and keys.
    assert newcomer.demo() == screen[screen.index("\nTrunkline is running") :]
    assert "Stopped." in newcomer.demo("stop")
    again = newcomer.demo()
    assert again[again.index("Demo accounts") :] == screen[screen.index("Demo accounts") :]


def test_with_a_fast_clock_new_files_appear_while_one_watches(newcomer: Newcomer) -> None:
    screen = newcomer.demo("--speed", "3600", "--days", "1")
    before = newcomer.types(copied(screen, "Pull the files"))
    assert not before.startswith("agentActivity: 0 new files")
    pull = copied(screen, "Pull the files")
    eventually(lambda: not newcomer.types(pull).startswith("agentActivity: 0 new files"))
