from pathlib import Path

import pytest

from trunkline.store import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def test_what_was_written_can_be_read(store: LocalStore) -> None:
    store.write("files/a/b.gz", b"one")
    assert store.read("files/a/b.gz") == b"one"
    assert store.exists("files/a/b.gz")
    with store.open("files/a/b.gz") as file:
        assert file.read() == b"one"


def test_writing_again_replaces_the_object(store: LocalStore) -> None:
    store.write("a", b"one")
    store.write("a", b"two")
    assert store.read("a") == b"two"


def test_an_object_that_was_not_finished_does_not_exist(store: LocalStore) -> None:
    with pytest.raises(RuntimeError), store.writer("files/half") as file:
        file.write(b"half")
        raise RuntimeError("the disk is full")
    assert not store.exists("files/half")
    assert list(store.list("files")) == []
    assert list((store.root / "files").iterdir()) == []


def test_a_local_file_is_moved_in(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(b"made")
    store.adopt(tmp_path / "made", "segments/x/made")
    assert store.read("segments/x/made") == b"made"
    assert not (tmp_path / "made").exists()


def test_the_list_is_in_order_and_ends_at_the_folder(store: LocalStore) -> None:
    for key in ("b/2", "b/1", "a/9", "b/c/0"):
        store.write(key, b"")
    assert list(store.list("b")) == ["b/1", "b/2", "b/c/0"]
    assert list(store.list("nothing")) == []


def test_deleting_twice_is_harmless(store: LocalStore) -> None:
    store.write("a", b"")
    store.delete("a")
    store.delete("a")
    assert not store.exists("a")


@pytest.mark.parametrize("key", ["../a", "a/../b", "/etc/passwd", "a//b", "", ".", "a/\0"])
def test_a_key_never_leaves_the_store(store: LocalStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.read(key)


def test_a_store_is_opened_by_url(tmp_path: Path) -> None:
    store = open_store((tmp_path / "with space").as_uri())
    store.write("a", b"x")
    assert (tmp_path / "with space" / "a").read_bytes() == b"x"
    with pytest.raises(ValueError, match="only file:"):
        open_store("ftp://example.com/")
