import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import places
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
    assert done.returncode == 0, done.stdout
    # A machine under load may have a word about its slow disk.
    assert "✓ Nothing to mend." in done.stdout or "0 to mend" in done.stdout
    assert "at the rate of" not in done.stdout, "there is nothing yet to foretell from"


def test_a_database_that_was_not_brought_to_this_version_is_found(tmp_path: Path) -> None:
    prepare(tmp_path / "data", URLS)
    done = trunkline(tmp_path, "check")
    assert done.returncode == 1
    assert "✗ DATABASE_URL" in done.stdout
    assert "trunkline migrate" in done.stdout


def test_a_change_around_the_verbs_is_found(folder: Path) -> None:
    assert trunkline(folder, "account", "create", "75555851", "--name", "Northwind").returncode == 0
    with closing(sqlite3.connect(folder / "data" / "record.sqlite3")) as database, database:
        database.execute("UPDATE accounts_account SET name = 'Southwind'")
    done = trunkline(folder, "check")
    assert done.returncode == 1
    assert "✗ audit trail does not hold in 2 places, of account 75555851" in done.stdout
    assert "trunkline audit check" in done.stdout


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


def test_a_remote_store_that_does_not_answer_is_found_without_showing_a_secret(folder: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings = {
            "TRUNKLINE_STORE": "s3://northwind/trunkline",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "northwind",
            "AWS_SECRET_ACCESS_KEY": "a-secret-that-never-shows",
        }
        done = trunkline(folder, "check", **settings)
    assert done.returncode == 1
    assert (
        "✗ TRUNKLINE_STORE cannot be written (s3://northwind/trunkline: check/probe: connection refused)"
        in done.stdout
    )
    assert "never-shows" not in done.stdout + done.stderr


def test_a_remote_store_that_answers_is_nothing_to_mend(folder: Path) -> None:
    with places.s3() as s3:
        done = trunkline(folder, "check", **s3.environment, TRUNKLINE_STORE=s3.url)
    assert done.returncode == 0, done.stdout
    assert "TRUNKLINE_STORE" not in done.stdout


@pytest.mark.parametrize(
    "url, told",
    [
        ("ftp://example.com", "expected file:, s3:, gs: or hdfs:"),
        ("s3://ada:never-shows@northwind", "credentials stay out of it"),
    ],
)
def test_a_store_that_cannot_be_is_found_and_stops_what_would_use_it(
    folder: Path, url: str, told: str
) -> None:
    for command in (("check",), ("pipeline", "run")):
        done = trunkline(folder, *command, TRUNKLINE_STORE=url)
        assert done.returncode != 0
        assert told in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "never-shows" not in done.stdout + done.stderr


def test_hdfs_in_clear_is_worth_a_word(folder: Path) -> None:
    done = trunkline(folder, "check", TRUNKLINE_STORE="webhdfs://namenode.invalid/trunkline")
    assert "! TRUNKLINE_STORE events and data files travel in clear" in done.stdout


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


def grown(folder: Path, share: float) -> None:
    """A week in which every day brought so much of what is free; in files that take no room themselves."""
    daily = shutil.disk_usage(folder).free * share
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for hours in range(1, 7 * 24 + 1):
        path = (
            folder
            / "data"
            / "store"
            / "segments"
            / f"{now - timedelta(hours=hours):%Y-%m-%dT%H}"
            / "web.1.ndjson"
        )
        path.parent.mkdir(parents=True)
        path.touch()
        os.truncate(path, int(daily / 24))


@pytest.mark.parametrize(
    "share, days, code", [(0.1, r"(9|10) days", 0), (0.6, r"[01] days?", 1)], ids=["soon", "at once"]
)
def test_a_disk_that_fills_is_told_before_it_is_full(
    folder: Path, share: float, days: str, code: int
) -> None:
    grown(folder, share)
    done = trunkline(folder, "check", TRUNKLINE_DISK_RESERVE_BYTES="0")
    assert done.returncode == code
    mark = "✗" if code else "!"
    assert re.search(
        rf"^{mark} \S+/data is filling: at the rate of the last 7 days, .* a day, it is full in {days} \(about \d",
        done.stdout,
        re.M,
    )
    assert "TRUNKLINE_SEGMENT_DAYS" in done.stdout


def test_a_disk_that_does_not_fill_is_told_in_a_line(folder: Path) -> None:
    grown(folder, 0.0001)
    done = trunkline(folder, "check")
    assert done.returncode == 0
    assert re.search(
        r"^\S+/data: at the rate of the last 7 days, .* a day, it is not full within a year\.$",
        done.stdout,
        re.M,
    )
