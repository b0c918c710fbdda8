"""What a store does while its server, or the way to it, fails."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.conftest import REMOTE
from store.places import SECRET, Place
from trunkline.store import Store, StoreUnavailable, open_store, patience

remote_store = pytest.mark.parametrize("place", REMOTE, indirect=True)


@pytest.fixture(autouse=True)
def impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = "silent" in request.node.callspec.params.values()
    monkeypatch.setattr(patience, "WAITS", (0.01, 0.02, 0.05))
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.4 if silent else 20.0)


def operations(folder: Path) -> dict[str, Callable[[Store], Any]]:
    def adopt(store: Store) -> None:
        (folder / "made").write_bytes(b"made")
        store.adopt(folder / "made", "new/adopted")

    return {
        "write": lambda store: store.write("new/written", b"new"),
        "adopt": adopt,
        "read": lambda store: store.read("old"),
        "open": lambda store: store.open("old").read(),
        "local": lambda store: store.local("old").read_bytes(),
        "list": lambda store: list(store.list("folder")),
        "exists": lambda store: store.exists("old"),
        "delete": lambda store: store.delete("doomed"),
    }


@pytest.fixture
def filled(store: Store) -> Store:
    for key in ("old", "folder/a", "folder/b", "doomed"):
        store.write(key, b"0123456789")
    return store


@remote_store
@pytest.mark.parametrize("fault", ["error", "away", "lost", "silent"])
def test_what_fails_once_is_tried_again_and_nobody_notices(
    filled: Store, place: Place, tmp_path: Path, fault: str
) -> None:
    found = {}
    for name, operation in operations(tmp_path).items():
        with place.failing(fault, times=1):
            found[name] = operation(filled)
    assert found == {
        "write": None,
        "adopt": None,
        "read": b"0123456789",
        "open": b"0123456789",
        "local": b"0123456789",
        "list": ["folder/a", "folder/b"],
        "exists": True,
        "delete": None,
    }
    assert list(filled.list("new")) == ["new/adopted", "new/written"]
    assert not filled.exists("doomed")
    assert not (tmp_path / "made").exists()


@remote_store
@pytest.mark.parametrize("fault", ["error", "away", "refused", "silent"])
def test_what_keeps_failing_is_a_clear_error_and_nothing_half_is_there(
    filled: Store,
    place: Place,
    tmp_path: Path,
    fault: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(patience, "WAITS", (0.01,))
    for name, operation in operations(tmp_path).items():
        with place.failing(fault), pytest.raises(StoreUnavailable) as raised:
            operation(filled)
        assert str(raised.value).startswith(f"{filled.url}: "), name
        told = {"error": "503", "refused": "403"}.get(fault, "")
        assert told in str(raised.value), str(raised.value)
        assert "\n" not in str(raised.value)
        assert SECRET not in str(raised.value) + caplog.text + repr(filled)
        assert raised.value.__cause__ is None, "a trace would print the library's own words"
    assert list(filled.list("new")) == []
    assert (tmp_path / "made").read_bytes() == b"made", "what was not uploaded stays"
    assert filled.read("old") == b"0123456789"


@remote_store
def test_an_object_that_comes_cut_is_never_taken_for_whole(
    filled: Store, place: Place, tmp_path: Path
) -> None:
    for name in ("read", "open", "local"):
        with place.failing("cut"), pytest.raises(StoreUnavailable):
            operations(tmp_path)[name](filled)
    assert filled.local("old").read_bytes() == b"0123456789"


@remote_store
def test_a_large_upload_that_breaks_off_leaves_nothing_and_can_be_made_again(
    store: Store, place: Place, tmp_path: Path
) -> None:
    made, data = tmp_path / "made", os.urandom(20 * 2**20)
    made.write_bytes(data)
    with place.failing("error", after=2 if len(place.proxies) == 1 else 0), pytest.raises(StoreUnavailable):
        store.adopt(made, "large")
    assert not store.exists("large")
    assert made.exists()
    store.adopt(made, "large")
    assert store.read("large") == data


@remote_store
def test_a_refusal_is_not_asked_again(filled: Store, place: Place) -> None:
    before = place.requests()
    with place.failing("refused"), pytest.raises(StoreUnavailable):
        filled.read("old")
    assert place.requests() == before + 1


@remote_store
def test_a_bucket_or_user_that_is_wrong_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADOOP_USER_NAME", "nobody")
    store = open_store(place.url.replace("northwind", "southwind"))
    with pytest.raises(StoreUnavailable, match=r"no such bucket|AccessControlException"):
        store.write("a", b"")
    with pytest.raises(StoreUnavailable, match=r"no such bucket|NoSuchBucket|AccessControlException"):
        list(store.list("a"))
