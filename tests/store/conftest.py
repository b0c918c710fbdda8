"""Every kind of store, by its name; each test has an empty one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import places
from store.places import Place
from trunkline.store import Store, open_store

KINDS = ["file", "s3", "gs", "hdfs"]
REMOTE = KINDS[1:]


@pytest.fixture(scope="session")
def s3() -> Iterator[Place]:
    with places.s3() as place:
        yield place


@pytest.fixture(scope="session")
def gs() -> Iterator[Place]:
    with places.gcs() as place:
        yield place


@pytest.fixture(scope="session")
def hdfs() -> Iterator[Place]:
    with places.hdfs() as place:
        yield place


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with places.local(tmp_path_factory.mktemp("store")) as place:
        yield place


@pytest.fixture
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The kind that the test is parametrised with, and the environment that leads to it."""
    found: Place = request.getfixturevalue(request.param)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def store(place: Place, tmp_path: Path) -> Store:
    return open_store(place.fresh(), tmp_path / "cache")
