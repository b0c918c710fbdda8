"""What every store does, whichever it is."""

import hashlib
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.conftest import KINDS
from store.places import Place
from trunkline.store import Store, open_store

LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
MANY = 1200 if LONG else 30

every_store = pytest.mark.parametrize("place", KINDS, indirect=True)


@every_store
def test_what_was_written_can_be_read(store: Store) -> None:
    store.write("files/a/b.gz", b"one")
    assert store.read("files/a/b.gz") == b"one"
    assert store.exists("files/a/b.gz")
    assert store.local("files/a/b.gz").read_bytes() == b"one"
    with store.open("files/a/b.gz") as file:
        assert file.read() == b"one"


@every_store
def test_an_empty_object_is_an_object(store: Store) -> None:
    store.write("a", b"")
    assert store.exists("a")
    assert store.read("a") == store.local("a").read_bytes() == b""
    with store.open("a") as file:
        assert file.read() == b""


@every_store
def test_writing_again_replaces_the_object(store: Store) -> None:
    store.write("a", b"one")
    store.write("a", b"two!")
    assert store.read("a") == store.local("a").read_bytes() == b"two!"


@every_store
def test_what_is_not_there_is_said_to_be_not_there(store: Store) -> None:
    assert not store.exists("a/b")
    for ask in (store.read, store.open, lambda key: store.local(key).open()):
        with pytest.raises(FileNotFoundError):
            ask("a/b")


@every_store
def test_a_folder_is_no_object(store: Store) -> None:
    store.write("a/b", b"")
    assert not store.exists("a")


@every_store
def test_a_local_file_is_moved_in_whatever_its_size(store: Store, tmp_path: Path) -> None:
    made = tmp_path / "made"
    for size in (0, 5, 20 * 2**20 + 1):
        data = os.urandom(size)
        made.write_bytes(data)
        store.adopt(made, f"segments/x/{size}")
        assert not made.exists()
        assert store.read(f"segments/x/{size}") == data
        assert store.local(f"segments/x/{size}").read_bytes() == data


@every_store
def test_a_move_that_was_killed_anywhere_is_simply_made_again(store: Store, tmp_path: Path) -> None:
    made = tmp_path / "made"
    for _ in range(2):
        made.write_bytes(b"made")
        store.adopt(made, "a")
    store.adopt(made, "a")
    assert store.read("a") == b"made"
    with pytest.raises(FileNotFoundError):
        store.adopt(made, "b")


@every_store
def test_parts_of_an_object_can_be_read(store: Store) -> None:
    data = os.urandom(3 * 2**20 + 7)
    store.write("a", data)
    with store.open("a") as file:
        assert file.seek(0, os.SEEK_END) == len(data)
        assert file.read(1) == b""
        file.seek(2**20 - 3)
        assert file.read(7) == data[2**20 - 3 : 2**20 + 4]
        assert file.tell() == 2**20 + 4
        file.seek(-5, os.SEEK_END)
        assert file.read() == data[-5:]
        file.seek(len(data) + 10)
        assert file.read(1) == b""
        file.seek(0)
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(data).digest()


@every_store
def test_the_list_is_in_order_and_ends_at_the_folder(store: Store) -> None:
    for key in ("b/2", "b/1", "a/9", "b/c/0", "b/c-d/1", "b/c.d", "b/c0", "b-x/1", "b.x", "bb"):
        store.write(key, b"")
    assert list(store.list("b")) == ["b/1", "b/2", "b/c-d/1", "b/c.d", "b/c/0", "b/c0"]
    assert list(store.list("b/c")) == ["b/c/0"]
    assert list(store.list("nothing")) == []


@every_store
def test_a_list_longer_than_a_page_is_whole(store: Store) -> None:
    keys = [f"many/{number % 3}/{number:05d}" for number in range(MANY)]
    for key in keys:
        store.write(key, b"x")
    assert list(store.list("many")) == sorted(keys)


@every_store
def test_deleting_twice_is_harmless(store: Store) -> None:
    store.write("a", b"")
    store.delete("a")
    store.delete("a")
    assert not store.exists("a")
    assert list(store.list("a")) == []


@every_store
@pytest.mark.parametrize(
    "key", ["../a", "a/../b", "/etc/passwd", "a//b", "", ".", "a/\0", "a/.b", "a b", "é", "a%2Fb"]
)
def test_a_key_never_leaves_the_store_and_is_the_same_everywhere(
    store: Store, key: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for ask in (
        store.read,
        store.open,
        store.local,
        store.exists,
        store.delete,
        lambda key: list(store.list(key)),
        lambda key: store.write(key, b""),
        lambda key: store.adopt(tmp_path / "file", key),
    ):
        with pytest.raises(ValueError, match="not a key"):
            ask(key)


@every_store
def test_a_store_is_opened_again_from_its_url_and_across_processes(store: Store) -> None:
    store.write("a", b"x")
    assert open_store(store.url).read("a") == b"x"
    assert pickle.loads(pickle.dumps(store)).read("a") == b"x"
    assert pickle.loads(pickle.dumps(store)).url == store.url


@every_store
def test_inside_a_block_paths_stay_though_objects_are_deleted_or_pushed_out(
    store: Store, place: Place, tmp_path: Path
) -> None:
    small = open_store(store.url, tmp_path / "small", cache_bytes=10)
    with small.holding() as held:
        for number in range(5):
            held.write(f"a/{number}", b"%d" % number * 6)
        paths = [held.local(f"a/{number}") for number in range(5)]
        assert [path.read_bytes() for path in paths] == [b"%d" % number * 6 for number in range(5)]


names = st.sampled_from(["a/x", "a/y-1", "a.b/x", "b/c/d=1", "b/c/e", "b/c.d", "c", "d-e"])
contents = st.binary(max_size=40)
steps = st.one_of(
    st.tuples(st.just("write"), names, contents),
    st.tuples(st.just("adopt"), names, contents),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("read"), names),
    st.tuples(st.just("part"), names, st.integers(0, 45), st.integers(0, 45)),
    st.tuples(st.just("list"), st.sampled_from(["a", "a.b", "b", "b/c", "z"])),
    st.tuples(st.just("exists"), names),
)


@every_store
@settings(
    max_examples=150 if LONG else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(steps, max_size=25))
def test_a_store_does_what_a_dictionary_does(place: Place, tmp_path: Path, story: list[tuple]) -> None:
    store = open_store(place.fresh(), tmp_path / "cache", cache_bytes=50)
    expected: dict[str, bytes] = {}
    for name, key, *more in story:
        ACTIONS[name](store, expected, tmp_path, key, *more)


def _write(store: Store, expected: dict[str, bytes], folder: Path, key: str, data: bytes) -> None:
    store.write(key, data)
    expected[key] = data


def _adopt(store: Store, expected: dict[str, bytes], folder: Path, key: str, data: bytes) -> None:
    (folder / "made").write_bytes(data)
    store.adopt(folder / "made", key)
    assert not (folder / "made").exists()
    expected[key] = data


def _delete(store: Store, expected: dict[str, bytes], folder: Path, key: str) -> None:
    store.delete(key)
    expected.pop(key, None)


def _read(store: Store, expected: dict[str, bytes], folder: Path, key: str) -> None:
    found = None
    with suppress(FileNotFoundError), store.holding() as held:
        found = held.local(key).read_bytes()
        assert store.read(key) == found
    assert found == expected.get(key)


def _part(store: Store, expected: dict[str, bytes], folder: Path, key: str, start: int, length: int) -> None:
    found = None
    with suppress(FileNotFoundError), store.open(key) as file:
        file.seek(start)
        found = file.read(length)
    assert found == (expected[key][start : start + length] if key in expected else None)


def _list(store: Store, expected: dict[str, bytes], folder: Path, prefix: str) -> None:
    assert list(store.list(prefix)) == sorted(key for key in expected if key.startswith(f"{prefix}/"))


def _exists(store: Store, expected: dict[str, bytes], folder: Path, key: str) -> None:
    assert store.exists(key) == (key in expected)


ACTIONS: dict[str, Callable[..., None]] = {
    "write": _write,
    "adopt": _adopt,
    "delete": _delete,
    "read": _read,
    "part": _part,
    "list": _list,
    "exists": _exists,
}
