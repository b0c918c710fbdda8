"""The same events on a disk and in a remote store give the same files."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.pipeline.test_rebuild import DAY, published, rebuilt
from tests.pipeline.test_run import busy_events
from tests.pipeline.world import H0, World

from store import places
from store.places import Place
from trunkline.clock import HOUR_MS
from trunkline.store import StoreUnavailable, open_store, patience


@pytest.fixture(scope="module", params=["s3", "gcs", "hdfs"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with getattr(places, request.param)() as place, pytest.MonkeyPatch.context() as patched:
        for name, value in place.environment.items():
            patched.setenv(name, value)
        yield place


@pytest.mark.parametrize("cache_bytes", [0, 2**30])
def test_files_and_their_rebuilding_are_the_same_as_on_a_disk(
    place: Place, tmp_path: Path, cache_bytes: int
) -> None:
    here, there = World(tmp_path / "here"), World(tmp_path / "there")
    there.store = open_store(place.fresh(), tmp_path / "cache", cache_bytes)
    expected = published(here)
    assert published(there) == expected
    assert expected
    held = [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and "held" in path.parts]
    assert held == [], "what a run held is let go"

    keys = sorted(there.store.list("files"))
    there.store.delete(keys[0])
    there.store.write(keys[1], b"damaged")
    for folder in ("compact", "state", "closed"):
        for key in list(there.store.list(folder)):
            there.store.delete(key)
    report = rebuilt(there)
    assert (len(report.restored), report.differing) == (2, [])
    assert there.files() == expected
    there.assert_store_matches_catalogue()


def test_a_run_whose_store_goes_away_at_any_moment_is_simply_made_again(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "WAITS", (0.01,))
    here, there = World(tmp_path / "here"), World(tmp_path / "there")
    there.store = open_store(place.fresh(), tmp_path / "cache", 0)
    expected = published(here)
    there.received(*busy_events(6))
    for after in (1, 3, 9, 20, 40, 80):
        with suppress(StoreUnavailable), place.failing("error", after=after):
            there.run_all(H0 + DAY, 4 * HOUR_MS)
    there.run_all(H0 + DAY, 4 * HOUR_MS)
    assert there.files() == expected
    there.assert_store_matches_catalogue()
