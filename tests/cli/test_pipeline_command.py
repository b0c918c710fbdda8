import os
import re
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


@pytest.mark.parametrize(
    "command",
    [("pipeline", "run"), ("pipeline", "status"), ("pipeline", "rebuild", "--from", "3d", "--to", "0h")],
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
    time.sleep(2)
    assert process.poll() is None
    process.terminate()
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 0, complaints
