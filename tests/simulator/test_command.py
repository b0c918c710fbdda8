import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from trunkline.clock import DAY_MS, REAL, hour_of
from trunkline.segments.reader import registered, sealed
from trunkline.simulator.backfill import history_end
from trunkline.simulator.position import Position
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
    assert "75555851: " in done.stdout and "events of 60 agents and their visitors written." in done.stdout
    assert "28045150: " in done.stdout and "events of 25 agents and their visitors written." in done.stdout
    found = {one.collector for one in registered(LocalStore(tmp_path / "store"))}
    assert found == {"history-75555851", "history-28045150"}


def test_the_command_takes_the_size_of_a_centre(tmp_path: Path) -> None:
    done = simulate(tmp_path, "backfill", "--account", "1", "--days", "1", "--agents", "5", "--visits", "200")
    now = REAL.now()
    assert done.returncode == 0, done.stderr
    types = Counter[str]()
    for manifest in sealed(LocalStore(tmp_path / "store"), hour_of(now) - DAY_MS, now):
        types.update(manifest.types)
    assert 50 < types["visit.started"] < 300 and types["agent.login"] <= 12


def test_live_begins_at_the_end_of_history_and_ends_when_told_also_without_a_collector(
    tmp_path: Path,
) -> None:
    assert simulate(tmp_path, "backfill", "--account", "75555851", "--days", "1").returncode == 0
    key = tmp_path / "key.json"
    key.write_text('{"id": "key_1", "account": "75555851", "token": "tlw_secret"}')
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "trunkline",
            "--data",
            str(tmp_path),
            "simulate",
            "live",
            "--key-file",
            str(key),
            "--url",
            "http://127.0.0.1:9",
        ],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        spool = tmp_path / "simulator" / "spool" / "75555851"
        deadline = time.monotonic() + 30
        while not spool.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and "tlw_secret" not in errors, errors
    reached = Position(tmp_path / "simulator" / "positions" / "75555851").read()
    end = history_end(LocalStore(tmp_path / "store"), "history-75555851")
    assert end is not None and reached is not None and reached >= end


def test_a_key_file_that_is_none_is_named_and_not_shown(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text("tlw_secret")
    done = simulate(tmp_path, "live", "--key-file", str(key))
    assert done.returncode == 2 and "--key-file" in done.stderr and "tlw_secret" not in done.stderr


def test_an_unknown_time_zone_is_named(tmp_path: Path) -> None:
    done = simulate(tmp_path, "backfill", "--account", "1", "--time-zone", "Mars/Olympus")
    assert done.returncode == 2
    assert "Mars/Olympus" in done.stderr and "Europe/Amsterdam" in done.stderr


def test_both_commands_explain_themselves(tmp_path: Path) -> None:
    for command in ("backfill", "live"):
        done = simulate(tmp_path, command, "--help")
        assert done.returncode == 0 and "Example:" in done.stdout
