import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trunkline.cli.folder import prepare

ACCOUNT = "75555851"
URLS = {
    "TRUNKLINE_PLATFORM_URL": "https://localhost:8443",
    "TRUNKLINE_COLLECTOR_URL": "https://localhost:8444",
}


REFUSE = """
import sys, time
from pathlib import Path
from trunkline.segments.letters import dead_letter
from trunkline.segments.recorder import Recorder
from trunkline.store import LocalStore
now = int(time.time() * 1000)
body = '{"type": "agent.login", "eventId": "%s", "timestamp": %d, "agentId": %s}'
recorder = Recorder(LocalStore(Path(sys.argv[1])), Path(sys.argv[2]), "web-9")
recorder.start(now - 1000)
for event_id, agent in (("a", "9"), ("b", '"nine"')):
    text = (body % (event_id, now - 2000, agent)).encode()
    recorder.refuse(now - 1000, [dead_letter("unknown_field", "slots", now - 1000, text, account_id="75555851")])
recorder.stop(now)
"""


def trunkline(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trunkline", *arguments],
        cwd=folder,
        env=clean() | settings,
        capture_output=True,
        text=True,
        timeout=120,
    )


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a day of simulated history."""
    folder = tmp_path_factory.mktemp("pipeline")
    prepare(folder / "data", URLS)
    for command in (
        ("migrate",),
        ("account", "create", ACCOUNT, "--name", "Northwind"),
        ("account", "data-type", "enable", ACCOUNT, "agentActivity"),
        ("simulate", "backfill", "--account", ACCOUNT, "--days", "2"),
    ):
        done = trunkline(folder, *command)
        assert done.returncode == 0, done.stderr
    return folder


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (folder / "data" / "store" / "files").rglob("*.gz")}


def test_the_pipeline_is_run_shown_rebuilt_and_finds_nothing_to_do_again(folder: Path) -> None:
    assert "nothing published yet" in trunkline(folder, "pipeline", "status").stdout

    done = trunkline(folder, "pipeline", "run")
    assert done.returncode == 0, done.stderr
    counted = re.match(r"agentActivity: (\d+) files with \d+ sessions for 48 hours", done.stdout)
    assert counted, done.stdout
    published = files(folder)
    assert len(published) == int(counted[1])
    assert trunkline(folder, "pipeline", "run").stdout == "Nothing is due.\n"
    shown = trunkline(folder, "pipeline", "status").stdout
    assert "files complete until" in shown
    assert "watermark" in shown

    lost, damaged, *_ = published
    lost.unlink()
    damaged.write_bytes(b"damaged")
    rebuilt = trunkline(folder, "pipeline", "rebuild", "--from", "3d", "--to", "0h")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert f"{len(published) - 2} sound, 2 restored, 0 differing" in rebuilt.stdout
    assert files(folder) == published


def test_status_hours_and_tidying_are_shown(folder: Path) -> None:
    """After the test above, which has published two days."""
    trunkline(folder, "pipeline", "run")
    shown = trunkline(folder, "pipeline", "status", "--account", ACCOUNT).stdout
    assert re.search(r"open +\d+ sessions with \d+ events", shown), shown
    assert re.search(rf"account {ACCOUNT}\n  agentActivity: \d+ events, \d+ late, \d+ duplicates;", shown), (
        shown
    )
    assert ACCOUNT not in trunkline(folder, "pipeline", "status", "--account", "1").stdout
    told = json.loads(trunkline(folder, "pipeline", "status", "--json").stdout)
    assert told["kinds"]["agentActivity"]["openSessions"] >= 0
    assert told["accounts"][ACCOUNT]["files"]["agentActivity"]["records"] > 0

    of = ("pipeline", "hours", "--account", ACCOUNT, "--type", "agentActivity", "--from", "12h")
    lines = trunkline(folder, *of).stdout.splitlines()
    assert len(lines) == 12
    assert all(re.search(r"  complete, (no file|\d+ files, \d+ records)$", line) for line in lines), lines
    assert {one["state"] for one in json.loads(trunkline(folder, *of, "--json").stdout)} == {"complete"}
    unknown = trunkline(folder, *of[:5], "dances")
    assert (unknown.returncode, "'dances' is no data type; there are agentActivity" in unknown.stderr) == (
        1,
        True,
    )

    before = files(folder)
    dry = trunkline(folder, "pipeline", "tidy", "--dry-run", TRUNKLINE_FILE_DAYS="1")
    assert "nothing is past its time" in dry.stdout
    done = trunkline(folder, "pipeline", "tidy")
    assert "Removed: 0 files" in done.stdout, done.stdout + done.stderr
    assert files(folder) == before


def test_dead_letters_are_replayed(folder: Path) -> None:
    letters = folder / "data" / "collector" / "web-9"
    refused = subprocess.run(
        [sys.executable, "-c", REFUSE, str(folder / "data" / "store"), str(letters)],
        env=clean(),
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 0, refused.stderr
    command = ("pipeline", "replay-dead-letters", "--account", ACCOUNT)
    dry = trunkline(folder, *command, "--dry-run").stdout
    assert "unknown_field: 1 would be replayed" in dry
    assert "unknown_field: 1 refused again, by now as wrong_type" in dry
    assert "For example, wrong_type: agentId: expected a whole number" in dry
    assert "2 letters tried, 1 would be replayed as 1 events." in dry
    assert '"wrong_type": 1' not in trunkline(folder, "pipeline", "status", "--json").stdout
    done = trunkline(folder, *command)
    assert "2 letters tried, 1 replayed as 1 events." in done.stdout, done.stdout + done.stderr
    assert "1 letters tried, 0 replayed as 0 events." in trunkline(folder, *command).stdout
    assert "dead letters: 1 wrong_type" in trunkline(folder, "pipeline", "status").stdout


@pytest.mark.parametrize(
    "command",
    [
        ("pipeline", "run"),
        ("pipeline", "status"),
        ("pipeline", "rebuild", "--from", "3d", "--to", "0h"),
        ("pipeline", "tidy"),
        ("pipeline", "hours", "--account", ACCOUNT, "--type", "agentActivity"),
        ("pipeline", "replay-dead-letters"),
    ],
)
@pytest.mark.parametrize(
    "settings",
    [{}, {"DATABASE_URL": "postgresql://ada:open-sesame@127.0.0.1:1/trunkline"}],
    ids=["fresh folder", "PostgreSQL away"],
)
def test_a_database_that_is_not_there_is_one_line_with_a_remedy(
    tmp_path: Path, command: tuple[str, ...], settings: dict[str, str]
) -> None:
    done = trunkline(tmp_path, *command, **settings)
    assert done.returncode == 1
    assert re.fullmatch(r"Error: the database cannot be used: .*`trunkline migrate`\.\n", done.stderr)
    assert "open-sesame" not in done.stderr


def test_a_time_that_is_none_is_refused(folder: Path) -> None:
    done = trunkline(folder, "pipeline", "rebuild", "--from", "whenever", "--to", "0h")
    assert done.returncode == 2
    assert "whenever" in done.stderr


def test_the_scheduler_runs_until_it_is_told_to_stop(folder: Path) -> None:
    command = [sys.executable, "-m", "trunkline", "pipeline", "run", "--every", "hour"]
    process = subprocess.Popen(command, cwd=folder, env=clean(), stderr=subprocess.PIPE)
    while not listens_to_signals(process.pid):
        assert process.poll() is None
        time.sleep(0.1)
    process.terminate()
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 0, complaints


def listens_to_signals(pid: int) -> bool:
    caught = re.search(r"SigCgt:\s+([0-9a-f]+)", Path(f"/proc/{pid}/status").read_text())
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)
