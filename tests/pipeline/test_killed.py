"""A run that is killed anywhere and started again: every session once, every file listed, always the same bytes."""

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pipeline.mortal import opened, work
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, World, event, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.steps import STEPS

UNTIL = H0 + 12 * HOUR_MS
POINTS = 500 if os.environ.get("TRUNKLINE_TEST_LONG") else 50
Bytes = dict[tuple[str, str], bytes]

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.pipeline.mortal"])


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with twelve hours of events, some of them late or sent twice."""
    world = World(tmp_path_factory.mktemp("segments"))
    events = []
    for agent in range(1, 7):
        account = NORTHWIND if agent % 3 else CONTOSO
        for number in range(3):
            start = H0 + number * 4 * HOUR_MS + agent * 7 * MINUTE_MS
            events += shift(start, start + (30 + 20 * agent) * MINUTE_MS, 100 + agent, account)
    late = event("status", H0 + 20 * MINUTE_MS, 101, NORTHWIND, state=4, receivedAt=H0 + 7 * HOUR_MS)
    clash = event("login", H0 + 7 * MINUTE_MS, 101, NORTHWIND, state=4, receivedAt=H0 + 8 * MINUTE_MS)
    world.received(*sorted([*events, late, clash], key=lambda one: one["receivedAt"]))
    return world.folder


@pytest.fixture(scope="module")
def uninterrupted(segments: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bytes, float]:
    """The files of a run that nobody killed, and how long it took."""
    folder = tmp_path_factory.mktemp("whole") / "world"
    shutil.copytree(segments, folder)
    begun = time.monotonic()
    assert in_a_process(folder) == 0
    return opened(folder).files(), time.monotonic() - begun


@pytest.fixture
def folder(segments: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(segments, tmp_path / "world")
    yield tmp_path / "world"
    shutil.rmtree(tmp_path)


def in_a_process(
    folder: Path, die_at: tuple[str, int] | None = None, after: float | None = None
) -> int | None:
    """The exit code of a pipeline over the folder, killed `after` so many seconds."""
    process = CONTEXT.Process(target=work, args=(folder, H0, UNTIL, die_at))
    process.start()
    process.join(after if after is not None else 60)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def assert_whole(folder: Path, expected: Bytes) -> None:
    world = opened(folder)
    assert world.files() == expected
    world.assert_store_matches_catalogue()
    # What was killed after its publication is tidied up by the next run.
    world.run(UNTIL + HOUR_MS)
    assert not list((folder / "work").iterdir())
    assert not list((folder / "store" / "files").rglob(".*"))


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_it_ends_as_if_nothing_had_happened(
    folder: Path, uninterrupted: tuple[Bytes, float], step: str, times: int
) -> None:
    assert in_a_process(folder, die_at=(step, times)) == 9
    assert_listed_files_are_there(folder)
    assert in_a_process(folder) == 0
    assert_whole(folder, uninterrupted[0])


@pytest.mark.parametrize("point", range(POINTS))
def test_killed_at_any_moment_it_ends_as_if_nothing_had_happened(
    folder: Path, uninterrupted: tuple[Bytes, float], point: int
) -> None:
    expected, seconds = uninterrupted
    in_a_process(folder, after=random.Random(point).random() * seconds)
    assert_listed_files_are_there(folder)
    assert in_a_process(folder) == 0
    assert_whole(folder, expected)


def assert_listed_files_are_there(folder: Path) -> None:
    world = opened(folder)
    assert all(world.store.exists(file.key) for file in world.catalogue.files("agentActivity", 0, 2**62))


def test_what_another_plan_left_behind_is_swept(folder: Path, uninterrupted: tuple[Bytes, float]) -> None:
    assert in_a_process(folder, die_at=("state-written", 1)) == 9
    opened(folder).received(*shift(H0, H0 + 5 * MINUTE_MS, 50), collector="web-2")
    assert in_a_process(folder) == 0
    opened(folder).assert_store_matches_catalogue()
    assert opened(folder).files() != uninterrupted[0]
