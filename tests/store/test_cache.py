"""Copies of objects on the local disk: few enough, and never gone under a reader."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkline.store.cache import Cache


def giving(data: bytes, calls: list[bytes] | None = None) -> Callable[[Path], None]:
    def fetch(path: Path) -> None:
        if calls is not None:
            calls.append(data)
        path.write_bytes(data)

    return fetch


def failing(_path: Path) -> None:
    raise OSError("the store is away")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "store"


def cached(folder: Path) -> set[str]:
    return {path.name for path in (folder / "objects").iterdir()}


def test_an_object_is_fetched_once(folder: Path) -> None:
    calls: list[bytes] = []
    for _ in range(2):
        hold = Cache(folder, 100, keeps=True).hold()
        for _ in range(2):
            assert hold.path("a/b", giving(b"one", calls)).read_bytes() == b"one"
        hold.release()
    assert calls == [b"one"]


def test_the_longest_unused_objects_go_first_and_held_ones_stay_with_their_holder(folder: Path) -> None:
    cache = Cache(folder, 30, keeps=True)
    reader, other = cache.hold(), cache.hold()
    first = reader.path("a", giving(b"a" * 10))
    for key in ("b", "c"):
        other.path(key, giving(key.encode() * 10))
        time.sleep(0.01)
    later = cache.hold()
    later.path("b", failing)
    other.path("d", giving(b"d" * 10))
    assert cached(folder) == {"b", "c", "d"}
    other.path("e", giving(b"e" * 10))
    assert cached(folder) == {"b", "d", "e"}, "b was used after c"
    assert first.read_bytes() == b"a" * 10
    assert reader.path("a", failing) == first
    for hold in (reader, other, later):
        hold.release()
    assert list((folder / "held").iterdir()) == []


def test_more_than_the_bound_is_held_as_long_as_it_is_needed(folder: Path) -> None:
    hold = Cache(folder, 0, keeps=True).hold()
    paths = [hold.path(f"{number}", giving(b"%d" % number)) for number in range(9)]
    assert cached(folder) == set()
    assert [path.read_bytes() for path in paths] == [b"%d" % number for number in range(9)]
    hold.release()


def test_a_fetch_that_fails_leaves_nothing(folder: Path) -> None:
    def half(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("the connection broke off")

    hold = Cache(folder, 100, keeps=True).hold()
    with pytest.raises(OSError, match="broke off"):
        hold.path("a", half)
    assert cached(folder) == set()
    assert hold.path("a", giving(b"whole")).read_bytes() == b"whole"
    hold.release()


def test_many_threads_may_need_the_same_objects_at_once(folder: Path) -> None:
    cache = Cache(folder, 40, keeps=True)
    wrong: list[bytes] = []

    def read(number: int) -> None:
        hold = cache.hold()
        for turn in range(40):
            name = b"%d" % ((number * turn) % 9)
            found = hold.path(name.decode(), giving(name * 10)).read_bytes()
            if found != name * 10:
                wrong.append(found)
        hold.release()

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(path.stat().st_size for path in (folder / "objects").iterdir()) <= 40


def test_what_a_killed_process_held_goes_with_the_next_hold_and_a_living_one_keeps_its_own(
    folder: Path,
) -> None:
    code = """
import sys, time; from pathlib import Path; from trunkline.store.cache import Cache
hold = Cache(Path(sys.argv[1]), 100, keeps=True).hold()
print(hold.path("a", lambda path: path.write_bytes(b"one")), flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    held = Path(process.stdout.readline().strip())
    Cache(folder, 100, keeps=True).hold().release()
    assert held.read_bytes() == b"one"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    Cache(folder, 100, keeps=True).hold().release()
    assert not held.exists()


def test_an_uploaded_file_is_kept_only_where_that_was_asked_for(tmp_path: Path) -> None:
    for keeps in (True, False):
        cache = Cache(tmp_path / "cache" / str(keeps), 100, keeps=keeps)
        (tmp_path / "made").write_bytes(b"made")
        cache.keep(tmp_path / "made", "a")
        assert not (tmp_path / "made").exists()
        hold = cache.hold()
        assert hold.path("a", giving(b"fetched")).read_bytes() == (b"made" if keeps else b"fetched")
        hold.release()


def test_a_cache_that_other_users_could_look_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o755)
    with pytest.raises(PermissionError, match="its user alone"):
        Cache(tmp_path / "cache" / "store", 100, keeps=True).hold()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="its user alone"):
        Cache(tmp_path / "link" / "store", 100, keeps=True).hold()
