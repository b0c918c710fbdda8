import fcntl
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from published_server import ACCOUNT, HOUR, KEY

from trunkline.client import FolderInUse, JournalDamaged, PermissionDenied, ServerError, pull
from trunkline.client.pulling import FIRST_WINDOW, OVERLAP

NOON = 1_700_000_000_000 // HOUR * HOUR
NOW = datetime.fromtimestamp(NOON / 1000, UTC)


@pytest.fixture
def take(data, tmp_path):
    def take(to=tmp_path, **more):
        return pull(data, "agentActivity", to, **{"now": NOW, **more})

    return take


def names(folder: Path) -> list[str]:
    """What a reader sees: nothing hidden."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if not name.startswith(".") and "/." not in name)


def downloads(server) -> list[str]:
    return [seen.path.rsplit("/", 1)[1] for seen in server.requests(".gz")]


def test_a_pull_takes_every_file_of_the_last_thirty_days_once(server, take):
    served = [server.publish(NOON - hours * HOUR) for hours in (700, 30, 2)]
    server.publish(NOON - 31 * 24 * HOUR)
    pulled = take()
    assert names(pulled.folder) == sorted(file.name for file in served)
    for file in served:
        assert (pulled.folder / file.name).read_bytes() == file.body
    assert [fact.sessions for fact in pulled.taken] == [2, 2, 2]
    assert take().taken == []
    assert sorted(downloads(server)) == sorted(file.name for file in served)


def test_the_folder_is_named_after_account_and_type(server, take, tmp_path):
    server.publish(NOON - HOUR)
    assert take().folder == tmp_path / ACCOUNT / "agentActivity"


def test_the_next_pull_begins_where_the_folder_is_complete_less_the_overlap(server, take):
    server.publish(NOON - HOUR)
    take()
    server.seen.clear()
    take(now=NOW + timedelta(hours=5))
    (asked,) = server.requests("agentActivity")
    assert int(asked.query["startTime"]) == NOON - OVERLAP // timedelta(milliseconds=1)


def test_a_file_that_appears_late_is_found_in_the_overlap(server, take):
    server.publish(NOON - HOUR)
    take()
    late = server.publish(NOON - 40 * HOUR)
    assert [fact.taken for fact in take(now=NOW + timedelta(hours=2)).taken] == [late.name]


def test_the_folder_is_complete_only_as_far_as_the_server_says(server, take):
    server.publish(NOON - 20 * HOUR)
    server.complete_until = NOON - 10 * HOUR
    take()
    server.seen.clear()
    take()
    (asked,) = server.requests("agentActivity")
    assert int(asked.query["startTime"]) == NOON - 10 * HOUR - OVERLAP // timedelta(milliseconds=1)


def test_a_server_whose_clock_runs_ahead_is_followed_to_its_own_present(server, take):
    """A demonstration at speed: its hours lie in our future."""
    served = [server.publish(NOON + days * 24 * HOUR) for days in (-1, 2, 12)]
    server.complete_until = NOON + 13 * 24 * HOUR
    assert [fact.taken for fact in take().taken] == [file.name for file in served]
    assert take().known >= 1
    assert len(downloads(server)) == 3


def test_a_name_with_and_without_its_ending_is_one_file(server, take):
    file = server.publish(NOON - HOUR)
    take()
    file.listed_as = file.name.removesuffix(".gz")
    assert take().taken == []


def test_an_explicit_window_leaves_no_gap_behind(server, take):
    old, new = server.publish(NOON - 100 * HOUR), server.publish(NOON - HOUR)
    take(since=NOW - timedelta(days=10), until=NOW - timedelta(hours=120))
    assert [fact.taken for fact in take(since=NOW - timedelta(hours=3)).taken] == [new.name]
    # The hours between were never asked for: the next pull still begins before them.
    assert [fact.taken for fact in take().taken] == [old.name]


def test_a_window_in_the_past_takes_what_is_in_it(server, take):
    server.files["agentActivity"] = []
    take()
    old = server.publish(NOON - 500 * HOUR)
    assert take().taken == []
    assert [fact.taken for fact in take(since=NOW - FIRST_WINDOW).taken] == [old.name]


def test_a_file_moved_away_is_not_taken_again(server, take):
    server.publish(NOON - HOUR)
    pulled = take()
    (pulled.folder / pulled.taken[0].taken).unlink()
    assert take().taken == []
    assert names(pulled.folder) == []


def test_what_supersedes_what_is_noted_and_nothing_is_removed(server, take):
    first = server.publish(NOON - 3 * HOUR)
    take()
    server.publish(NOON - HOUR, supersedes=[first.name])
    pulled = take()
    assert pulled.taken[0].supersedes == (first.name,)
    assert len(names(pulled.folder)) == 2


@pytest.mark.parametrize("form", ["parquet", "ndjson"])
def test_tables_are_named_after_their_source_and_no_original_is_left(server, take, form):
    served = [server.publish(NOON - hours * HOUR) for hours in (3, 2)]
    pulled = take(form=form)
    assert names(pulled.folder) == [f"{file.name.removesuffix('.gz')}.{form}" for file in served]
    assert [(fact.sessions, fact.rows) for fact in pulled.taken] == [(2, 6), (2, 6)]
    assert take(form=form).taken == []


def test_originals_that_are_there_become_tables_without_a_download(server, take):
    server.publish(NOON - HOUR)
    take()
    pulled = take(form="parquet")
    assert len(downloads(server)) == 1
    assert len(names(pulled.folder)) == 2


def test_a_damaged_file_stops_neither_the_others_nor_a_later_try(server, take):
    bad, good = server.publish(NOON - 3 * HOUR), server.publish(NOON - 2 * HOUR)
    whole, bad.body = bad.body, bad.body[:-6]
    pulled = take()
    assert list(pulled.damaged) == [bad.name]
    assert names(pulled.folder) == [good.name]
    bad.body, bad.etag = whole, '"whole"'
    assert [fact.taken for fact in take(now=NOW + timedelta(days=20)).taken] == [bad.name]
    assert (pulled.folder / bad.name).read_bytes() == whole


def test_a_file_that_is_no_record_makes_no_table_and_is_reported(server, take):
    server.publish(NOON - HOUR, body=gzip.compress(b'{"not": "a record"}\n'))
    pulled = take(form="parquet")
    assert len(pulled.damaged) == 1
    assert names(pulled.folder) == []


def test_an_account_without_files_is_no_failure(server, take):
    server.files["agentActivity"] = []
    assert take().taken == []


def test_a_type_that_is_off_is_refused(server, take):
    with pytest.raises(PermissionDenied, match="not switched on"):
        take()


def test_a_failing_server_leaves_what_was_taken(server, take):
    served = [server.publish(NOON - hours * HOUR) for hours in (3, 2)]

    def fail(seen):
        if seen.path.endswith(served[1].name):
            server.refusals = [(500, {})]

    server.before = fail
    with pytest.raises(ServerError):
        take()
    server.before = lambda seen: None
    assert [fact.taken for fact in take().taken] == [served[1].name]
    assert downloads(server).count(served[0].name) == 1


def test_two_pulls_never_work_on_one_folder(server, take, tmp_path):
    server.publish(NOON - HOUR)
    folder = tmp_path / ACCOUNT / "agentActivity"
    folder.mkdir(parents=True)
    with (folder / ".taken-files.jsonl").open("a") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        with pytest.raises(FolderInUse):
            take()
    assert take().taken


@pytest.mark.parametrize("torn", ['{"taken": "x.gz", "sha', "{", '{"completeUntil": 17'])
def test_half_a_last_line_of_the_journal_is_cut_off(server, take, tmp_path, torn):
    server.publish(NOON - HOUR)
    journal = take().folder / ".taken-files.jsonl"
    before = journal.read_text()
    journal.write_text(before + torn)
    assert take(now=NOW + timedelta(hours=1)).taken == []
    assert journal.read_text().startswith(before)
    assert all(json.loads(line) for line in journal.read_text().splitlines())


def test_a_journal_that_cannot_be_read_is_not_guessed_at(server, take):
    server.publish(NOON - HOUR)
    journal = take().folder / ".taken-files.jsonl"
    journal.write_text("not json\n" + journal.read_text())
    with pytest.raises(JournalDamaged, match="line 1"):
        take()


# A kill at every step. The process is real; it kills itself at the n-th call that makes something durable or visible.

DYING = """
import os, signal, sys
left = int(sys.argv.pop(1))
def dying(call):
    def step(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return step
for name in ("fsync", "replace", "unlink"):
    setattr(os, name, dying(getattr(os, name)))
from trunkline.cli.pull import pull
pull()
"""


def run_pull(server, folder: Path, form: str, *, dies_at: int) -> int:
    environment = {**os.environ, "LE_HOST": server.url, "LE_ACCOUNT": ACCOUNT, "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {
        "LE_APP_KEY": KEY["appKey"],
        "LE_APP_SECRET": KEY["secret"],
        "LE_ACCESS_TOKEN": KEY["accessToken"],
        "LE_ACCESS_TOKEN_SECRET": KEY["accessTokenSecret"],
    }
    since = (NOW - timedelta(days=1)).isoformat()
    command = [
        sys.executable,
        "-c",
        DYING,
        str(dies_at),
        "--type",
        "agentActivity",
        "--to",
        str(folder),
        "--as",
        form,
    ]
    command += ["--since", since, "--until", NOW.isoformat(), "--quiet"]
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


@pytest.mark.parametrize("form", ["files", "parquet"])
def test_a_pull_killed_at_any_step_is_finished_by_the_next(server, take, tmp_path, form):
    served = [server.publish(NOON - hours * HOUR) for hours in (3, 2)]
    every = 1 if os.environ.get("TRUNKLINE_TEST_LONG") or form == "files" else 3
    again = {"form": form, "since": NOW - timedelta(days=1)}
    deaths = 0
    for step in range(1, 60, every):
        folder = tmp_path / str(step)
        code = run_pull(server, folder, form, dies_at=step)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        deaths += 1
        pulled = take(**again, to=folder)
        check_folder(pulled.folder, served, form)
        server.seen.clear()
        assert take(**again, to=folder).taken == []
        assert downloads(server) == []
    assert deaths >= 3


def check_folder(folder: Path, served, form: str) -> None:
    """Each file once, whole; nothing half-made under a name that a reader would open; each noted once."""
    if form == "files":
        assert names(folder) == sorted(file.name for file in served)
        assert all((folder / file.name).read_bytes() == file.body for file in served)
    else:
        assert names(folder) == sorted(f"{file.name.removesuffix('.gz')}.parquet" for file in served)
    hidden = {path.name for path in folder.rglob("*") if path.is_file()} - set(names(folder))
    assert hidden == {f".taken-{form}.jsonl"}
    facts = [json.loads(line) for line in (folder / f".taken-{form}.jsonl").read_text().splitlines()]
    assert sorted(fact["taken"] for fact in facts if "taken" in fact) == sorted(file.name for file in served)


def test_a_pull_killed_in_the_middle_of_a_file_goes_on_from_there(server, tmp_path):
    noise = gzip.compress(b'{"x": "' + os.urandom(400_000).hex().encode() + b'"}\n')
    file = server.publish(NOON - HOUR, body=noise)
    server.stall = threading.Event()
    folder = tmp_path / ACCOUNT / "agentActivity"
    key = tmp_path / "key.json"
    key.write_text(json.dumps({**KEY, "account": ACCOUNT, "host": server.url}))
    command = [sys.executable, "-m", "trunkline.cli.pull", "--key-file", str(key), "--type", "agentActivity"]
    command += ["--to", str(tmp_path), "--since", "2023-11-13", "--until", NOW.isoformat()]
    with subprocess.Popen(command) as first:
        while not any(part.stat().st_size > 100_000 for part in folder.glob(".*.part")):
            assert first.poll() is None
            time.sleep(0.01)
        first.kill()
    (part,) = folder.glob(".*.part")
    held = part.stat().st_size
    server.stall.set()
    server.seen.clear()
    again = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [seen.headers.get("Range") for seen in server.requests(file.name)] == [f"bytes={held}-"]
    assert (folder / file.name).read_bytes() == noise
    assert "1 new file" in again.stdout


def test_a_type_named_by_the_server_cannot_leave_the_folder(data, tmp_path):
    with pytest.raises(ValueError, match="not a data type"):
        pull(data, "../../elsewhere", tmp_path / "to")
    assert list(tmp_path.iterdir()) == []
