"""A backup is whole or none; nothing of it is believed before it was verified; nothing of it overwrites anything."""

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.cli.installed import contents, settings_of, unpack

from store import places
from trunkline.cli.backups import databases
from trunkline.cli.backups.databases import DatabaseNotCopied
from trunkline.cli.backups.manifest import NotABackup, read_entries, read_head
from trunkline.cli.backups.restoring import RESTORE_STEPS, CannotRestore, restore
from trunkline.cli.backups.taking import BACKUP_STEPS, CannotBackUp, Taken, take
from trunkline.pipeline.steps import Progress, silent
from trunkline.store import open_store

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.cli.test_backups", "trunkline.platform.migrations"])


def back_up(data: Path, target: Path, progress: Progress = silent, **options: Any) -> Taken:
    return take(settings_of(data), target, nullcontext, progress=progress, **options)


def bring_back(source: Path, data: Path, progress: Progress = silent, **environment: str) -> Any:
    return restore(source, data, {"TRUNKLINE_DATA": str(data), **environment}, progress=progress)


@pytest.fixture(scope="module", autouse=True)
def for_its_user_alone() -> Iterator[None]:
    """As the program begins."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = unpack(tmp_path_factory.mktemp("installed"))
    (folder / "ca").mkdir(mode=0o700)
    (folder / "ca" / "ca.key").write_text("a key")
    (folder / "notes").write_text("what nobody knows of")
    open_segment = folder / "collector" / "web" / "open" / "segments.2026-11-25T14.web.1795615260000.ndjson"
    open_segment.parent.mkdir(parents=True)
    open_segment.write_bytes(b'{"group":0,"bytes":3,"crc32":0}\n{}\n')
    return folder


@pytest.fixture(scope="module")
def backup(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("backups") / "backup"
    taken = back_up(data, target)
    assert (taken.store, taken.lost, taken.outside) == (None, [], [])
    return target


@pytest.fixture
def copy(backup: Path, tmp_path: Path) -> Path:
    """A backup to do harm to."""
    return shutil.copytree(backup, tmp_path / "copy")


def test_what_is_restored_is_what_was_there(data: Path, backup: Path, tmp_path: Path) -> None:
    bring_back(backup, tmp_path / "data")
    assert contents(tmp_path / "data") == contents(data)
    modes = {
        path.stat().st_mode & 0o077 for folder in (backup, tmp_path / "data") for path in folder.rglob("*")
    }
    assert modes == {0}


def test_every_file_of_a_backup_is_in_its_manifest(backup: Path) -> None:
    files = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()}
    assert files == {entry.path for entry in read_entries(backup)} | {"manifest.ndjson"}


def test_a_backup_of_a_restored_folder_is_the_same(backup: Path, tmp_path: Path) -> None:
    bring_back(backup, tmp_path / "data")
    back_up(tmp_path / "data", tmp_path / "again")
    own = {"databases/record.sqlite3", "databases/catalogue.sqlite3", "data/trunkline.env"}
    first, second = (
        {entry for entry in read_entries(one) if entry.path not in own}
        for one in (backup, tmp_path / "again")
    )
    assert first == second


def test_a_folder_that_is_not_empty_stays_as_it_is(backup: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(CannotRestore, match="is not empty: give a new folder"):
        bring_back(backup, tmp_path)
    with pytest.raises(CannotRestore, match=r"TRUNKLINE_STORE: .* is not empty"):
        bring_back(backup, tmp_path / "data", TRUNKLINE_STORE=tmp_path.as_uri())
    with pytest.raises(CannotBackUp, match="is not empty"):
        back_up(data, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_backup_is_not_put_into_what_is_backed_up(data: Path) -> None:
    for folder in (data / "backup", data / "store" / "backup"):
        with pytest.raises(CannotBackUp, match="give a folder elsewhere"):
            back_up(data, folder)
        assert not folder.exists()


def test_a_store_elsewhere_is_restored_elsewhere(backup: Path, data: Path, tmp_path: Path) -> None:
    store = tmp_path / "large" / "store"
    bring_back(backup, tmp_path / "data", TRUNKLINE_STORE=store.as_uri())
    assert not (tmp_path / "data" / "store").exists()
    assert {path.name for path in store.iterdir()} == {path.name for path in (data / "store").iterdir()}


def flip(path: Path) -> None:
    bytes_ = bytearray(path.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    path.write_bytes(bytes_)


def without_line(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[number]
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    "harm",
    [
        lambda copy: flip(copy / "databases" / "record.sqlite3"),
        lambda copy: flip(copy / "data" / "secrets" / "sealing-keys"),
        lambda copy: flip(next(copy.rglob("*.gz"))),
        lambda copy: next(copy.rglob("*.ndjson")).write_bytes(b""),
        lambda copy: next((copy / "store" / "segments").rglob("*.ndjson")).unlink(),
        lambda copy: (copy / "manifest.ndjson").unlink(),
        lambda copy: flip(copy / "manifest.ndjson"),
        *(
            lambda copy, number=number: without_line(copy / "manifest.ndjson", number)
            for number in (0, 1, 7, -1)
        ),
        lambda copy: (copy / "manifest.ndjson").write_bytes((copy / "manifest.ndjson").read_bytes()[:-10]),
        lambda copy: (copy / "manifest.ndjson").write_bytes(
            (copy / "manifest.ndjson").read_bytes() + b"{}\n"
        ),
    ],
)
def test_a_backup_that_is_not_as_it_was_written_touches_nothing(
    copy: Path, tmp_path: Path, harm: Callable[[Path], Any]
) -> None:
    harm(copy)
    with pytest.raises(NotABackup):
        bring_back(copy, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def rewrite(copy: Path, **changes: Any) -> None:
    """A manifest as a later version would have written it."""
    import hashlib

    path = copy / "manifest.ndjson"
    head, *entries, foot = path.read_bytes().splitlines(keepends=True)
    head = json.dumps(json.loads(head) | changes, separators=(",", ":")).encode() + b"\n"
    digest = hashlib.sha256(b"".join([head, *entries])).hexdigest()
    path.write_bytes(
        b"".join(
            [
                head,
                *entries,
                json.dumps(json.loads(foot) | {"sha256": digest}, separators=(",", ":")).encode(),
                b"\n",
            ]
        )
    )


@pytest.mark.parametrize(
    "newer", [{"format": 2}, {"version": "99.0"}, {"migrations": ["accounts.9999_of_tomorrow"]}], ids=str
)
def test_a_backup_of_a_newer_version_is_refused(copy: Path, tmp_path: Path, newer: dict[str, Any]) -> None:
    rewrite(copy)
    rewrite(copy, **newer)
    with pytest.raises(CannotRestore, match="newer than this one"):
        bring_back(copy, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_an_entry_that_leads_out_of_the_backup_is_refused(copy: Path, tmp_path: Path) -> None:
    for path in ("../outside", "/etc/passwd", "elsewhere/file"):
        manifest = copy / "manifest.ndjson"
        head, first, *rest = manifest.read_bytes().splitlines(keepends=True)
        entry = json.dumps(json.loads(first) | {"path": path}, separators=(",", ":")).encode() + b"\n"
        manifest.write_bytes(b"".join([head, entry, *rest]))
        rewrite(copy)
        with pytest.raises(NotABackup, match="no path within a backup"):
            bring_back(copy, tmp_path / "data")


def test_without_secrets_none_is_in_it_and_the_sealing_keys_are_asked_for(tmp_path: Path) -> None:
    data, target, restored = unpack(tmp_path), tmp_path / "backup", tmp_path / "data"
    (data / "ca").mkdir()
    (data / "ca" / "ca.key").write_text("a key")
    sealing = (data / "secrets" / "sealing-keys").read_text()
    with (data / "trunkline.env").open("a") as file:
        file.write("TRUNKLINE_SECRET_KEY=a-secret-by-value\n")
    back_up(data, target, secrets=False)
    everything = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    for secret in (
        sealing.strip(),
        (data / "secrets" / "secret-key").read_text().strip(),
        "a key",
        "by-value",
    ):
        assert secret.encode() not in everything
    with pytest.raises(CannotRestore, match="set TRUNKLINE_SEALING_KEYS_FILE to your copy"):
        bring_back(target, restored)
    with pytest.raises(CannotRestore, match="lacks 1 of the 1 keys"):
        bring_back(target, restored, TRUNKLINE_SEALING_KEYS="A" * 43 + "=")
    assert not restored.exists()
    bring_back(target, restored, TRUNKLINE_SEALING_KEYS_FILE=str(data / "secrets" / "sealing-keys"))
    assert settings_of(restored).sealing_keys == sealing.strip()
    assert len(settings_of(restored).secret_key) >= 50
    assert (restored / "ca" / "ca.crt").exists()


def death(step: str, times: int) -> Progress:
    seen = 0

    def progress(name: str, done: int, total: int) -> None:
        nonlocal seen
        seen += name == step
        if name == step and seen == times:
            os._exit(9)

    return progress


def in_a_process(work: Callable[..., Any], *arguments: Any) -> int | None:
    process = CONTEXT.Process(target=work, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


def die_backing_up(data: Path, target: Path, step: str, times: int) -> None:
    back_up(data, target, death(step, times))


def die_restoring(source: Path, data: Path, step: str, times: int) -> None:
    bring_back(source, data, death(step, times), TRUNKLINE_STORE=(data.parent / "store").as_uri())


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("step", BACKUP_STEPS)
def test_a_killed_backup_is_none(data: Path, tmp_path: Path, step: str, times: int) -> None:
    code = in_a_process(die_backing_up, data, tmp_path / "backup", step, times)
    if code == 0:
        assert times == 2
        assert read_head(tmp_path / "backup")
        return
    assert code == 9
    with pytest.raises(NotABackup, match="is no backup"):
        bring_back(tmp_path / "backup", tmp_path / "data")
    with pytest.raises(CannotBackUp, match="what a killed backup left"):
        back_up(data, tmp_path / "backup")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("step", [step for step in RESTORE_STEPS if step != "database"])
def test_a_killed_restoration_is_none_or_whole(data: Path, backup: Path, tmp_path: Path, step: str) -> None:
    folder = tmp_path / "data"
    assert in_a_process(die_restoring, backup, folder, step, 1) == 9
    assert folder.exists() == (step == "folder")
    if step == "store":
        with pytest.raises(CannotRestore, match="move what is there away"):
            bring_back(backup, folder, TRUNKLINE_STORE=(tmp_path / "store").as_uri())
        shutil.rmtree(tmp_path / "store")
    if step != "folder":
        bring_back(backup, folder, TRUNKLINE_STORE=(tmp_path / "store").as_uri())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "store"]
    shutil.move(tmp_path / "store", folder / "store")
    assert contents(folder) == contents(data)


def test_the_steps_are_all_there(data: Path, tmp_path: Path) -> None:
    steps: set[str] = set()
    told = lambda step, done, total: steps.add(step)  # noqa: E731
    back_up(data, tmp_path / "backup", told)
    bring_back(tmp_path / "backup", tmp_path / "data", told, TRUNKLINE_STORE=(tmp_path / "store").as_uri())
    assert steps == {*BACKUP_STEPS, *RESTORE_STEPS} - {"database"}


def test_what_was_lost_before_is_told(data: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(data, tmp_path / "data")
    gone = next((copied / "store" / "files").rglob("*.gz"))
    gone.unlink()
    taken = back_up(copied, tmp_path / "backup")
    assert taken.lost == [gone.relative_to(copied / "store").as_posix()]


def test_a_damaged_database_makes_no_backup(data: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(data, tmp_path / "data")
    (copied / "record.sqlite3").write_bytes(b"not a database " * 1000)
    with pytest.raises(DatabaseNotCopied, match=r"record\.sqlite3"):
        back_up(copied, tmp_path / "backup")
    (copied / "record.sqlite3").unlink()
    with pytest.raises(DatabaseNotCopied, match="trunkline migrate"):
        back_up(copied, tmp_path / "another")
    assert not (copied / "record.sqlite3").exists()


def test_a_missing_program_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    database = {"NAME": "trunkline", "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}
    with pytest.raises(DatabaseNotCopied, match=r"pg_restore is not installed.*postgresql-client"):
        databases.restore_postgres(database, tmp_path / "dump")


def test_a_password_is_in_no_list_of_processes() -> None:
    database = {
        "NAME": "n",
        "USER": "u",
        "PASSWORD": "p-a-s-s",
        "HOST": "h",
        "PORT": "1",
        "OPTIONS": {"sslmode": "require"},
    }
    told = databases.conninfo(database)
    assert "p-a-s-s" not in told
    assert "sslmode=require" in told


def test_a_segment_that_a_remote_store_has_whole_is_not_begun_again(data: Path, tmp_path: Path) -> None:
    with places.s3() as s3, pytest.MonkeyPatch.context() as patch:
        for name, value in s3.environment.items():
            patch.setenv(name, value)
        taken = take(settings_of(data, TRUNKLINE_STORE=s3.url), tmp_path / "backup", nullcontext)
        assert taken.store == s3.url
        assert not (tmp_path / "backup" / "store").exists()
        with pytest.raises(CannotRestore, match="belongs to the store s3:"):
            bring_back(tmp_path / "backup", tmp_path / "data")
        bring_back(tmp_path / "backup", tmp_path / "before", TRUNKLINE_STORE=s3.url)
        assert len(list((tmp_path / "before" / "collector").rglob("*.ndjson"))) == 1
        open_store(s3.url).write("segments/2026-11-25T14/web.1795615260000.json", b"{}")
        restored = bring_back(tmp_path / "backup", tmp_path / "after", TRUNKLINE_STORE=s3.url)
        assert restored.left == 1
        assert list((tmp_path / "after").rglob("*.ndjson")) == []
