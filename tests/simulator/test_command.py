import os
import subprocess
import sys
from pathlib import Path

from trunkline.segments.reader import registered
from trunkline.store import LocalStore


def simulate(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trunkline", "--data", str(data), "simulate", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
    )


def test_the_command_writes_history_and_says_how_much(tmp_path: Path) -> None:
    done = simulate(tmp_path, "backfill", "--days", "1")
    assert done.returncode == 0, done.stderr
    assert "75555851: " in done.stdout and "events of 60 agents written." in done.stdout
    assert "28045150: " in done.stdout and "events of 25 agents written." in done.stdout
    found = {one.collector for one in registered(LocalStore(tmp_path / "store"))}
    assert found == {"history-75555851", "history-28045150"}


def test_an_unknown_time_zone_is_named(tmp_path: Path) -> None:
    done = simulate(tmp_path, "backfill", "--account", "1", "--time-zone", "Mars/Olympus")
    assert done.returncode == 2
    assert "Mars/Olympus" in done.stderr and "Europe/Amsterdam" in done.stderr


def test_both_commands_explain_themselves(tmp_path: Path) -> None:
    for command in ("backfill", "live"):
        done = simulate(tmp_path, command, "--help")
        assert done.returncode == 0 and "Example:" in done.stdout
