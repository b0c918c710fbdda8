import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.cli.folder import prepare

URLS = {
    "TRUNKLINE_PLATFORM_URL": "https://localhost:8443",
    "TRUNKLINE_COLLECTOR_URL": "https://localhost:8444",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as `up` leaves it."""
    prepare(tmp_path / "data", URLS)
    assert trunkline(tmp_path, "migrate").returncode == 0
    return tmp_path


def trunkline(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return subprocess.run(
        [sys.executable, "-m", "trunkline", *arguments],
        cwd=folder,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_prepared_folder_has_nothing_to_mend(folder: Path) -> None:
    done = trunkline(folder, "check")
    assert (done.returncode, done.stdout.strip()) == (0, "✓ Nothing to mend.")


def test_a_database_that_was_not_brought_to_this_version_is_found(tmp_path: Path) -> None:
    prepare(tmp_path / "data", URLS)
    done = trunkline(tmp_path, "check")
    assert done.returncode == 1
    assert "✗ DATABASE_URL" in done.stdout
    assert "trunkline migrate" in done.stdout


def test_secrets_that_others_can_read_are_found(folder: Path) -> None:
    (folder / "data" / "secrets").chmod(0o755)
    done = trunkline(folder, "check")
    assert done.returncode == 1
    assert "can be read by other users" in done.stdout
    assert "chmod -R go=" in done.stdout


def test_a_data_folder_that_others_can_read_is_found(folder: Path) -> None:
    data, store = folder / "data", folder / "store"
    data.chmod(0o755)
    store.mkdir(mode=0o750)
    done = trunkline(folder, "check", TRUNKLINE_STORE=store.as_uri())
    assert done.returncode == 1
    for open_folder in (data, store):
        assert f"✗ {open_folder} can be read by other users" in done.stdout
        assert f"chmod -R go= {open_folder}\n" in done.stdout


def test_what_a_command_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    for command in (("migrate",), ("simulate", "backfill", "--account", "75555851", "--days", "1")):
        assert trunkline(tmp_path, *command).returncode == 0
    made = list((tmp_path / "data").rglob("*"))
    assert {"record.sqlite3", "catalogue.sqlite3", "store"} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_store_that_cannot_be_written_is_found(folder: Path) -> None:
    (folder / "file").touch()
    done = trunkline(folder, "check", TRUNKLINE_STORE=(folder / "file" / "store").as_uri())
    assert done.returncode == 1
    assert "TRUNKLINE_STORE" in done.stdout


def test_too_little_room_is_found(folder: Path) -> None:
    done = trunkline(folder, "check", TRUNKLINE_DISK_RESERVE_BYTES=str(2**60))
    assert done.returncode == 1
    assert "make room" in done.stdout


def test_unsafe_settings_are_listed_and_stop_the_start(folder: Path) -> None:
    unsafe = {"TRUNKLINE_PLATFORM_URL": "http://localhost:8443", "TRUNKLINE_CLOCK_SPEED": "60"}
    listed = trunkline(folder, "check", **unsafe)
    assert listed.returncode == 1
    assert "2 to mend" in listed.stdout
    for command in (("serve", "platform"), ("serve", "collector"), ("work", "pipeline"), ("up",)):
        started = trunkline(folder, *command, **unsafe)
        assert started.returncode == 78, command
        assert "is not https" in started.stderr
        assert "Not started" in started.stderr


def test_a_warning_alone_is_no_failure(folder: Path) -> None:
    done = trunkline(folder, "check", TRUNKLINE_MODE="development")
    assert done.returncode == 0
    assert "! TRUNKLINE_MODE" in done.stdout
