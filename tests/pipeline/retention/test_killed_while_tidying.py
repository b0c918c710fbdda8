"""A tidying that is killed anywhere: nothing that is listed is gone, nothing is read twice, and the next one ends it."""

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pipeline.retention.aging import KEEP, hour, opened, tidy_twice
from tests.pipeline.test_schedule import close, register
from tests.pipeline.world import CONTOSO, event, shift

from trunkline.clock import MINUTE_MS
from trunkline.pipeline.retention.tidy import TIDY_STEPS

HOURS = 20
NOW = hour(HOURS) + 1
POINTS = 200 if os.environ.get("TRUNKLINE_TEST_LONG") else 6

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.pipeline.retention.aging"])


@pytest.fixture(scope="module")
def grown_old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = opened(tmp_path_factory.mktemp("old"))
    register(world, "left", until=hour(1), closed=hour(1))
    for number in range(HOURS):
        at = hour(number)
        close(world, "web-1", at)
        world.received(*shift(at, at + 9 * MINUTE_MS), *shift(at, at + 9 * MINUTE_MS, 12, CONTOSO))
        world.run(hour(number + 1))
    world.received(event("status", hour(HOURS - 2) + MINUTE_MS, state=4, receivedAt=hour(HOURS) + 1))
    return world.folder


@pytest.fixture(scope="module")
def uninterrupted(grown_old: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], float]:
    """What the store holds after a tidying that nobody killed, and how long it took."""
    folder = tmp_path_factory.mktemp("whole") / "world"
    shutil.copytree(grown_old, folder)
    begun = time.monotonic()
    assert in_a_process(folder) == 0
    return contents(folder), time.monotonic() - begun


@pytest.fixture
def folder(grown_old: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(grown_old, tmp_path / "world")
    yield tmp_path / "world"
    shutil.rmtree(tmp_path)


def in_a_process(
    folder: Path, die_at: tuple[str, int] | None = None, after: float | None = None
) -> int | None:
    process = CONTEXT.Process(target=tidy_twice, args=(folder, NOW, die_at))
    process.start()
    process.join(after if after is not None else 60)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def contents(folder: Path) -> list[str]:
    store = opened(folder).store
    return [key for part in ("files", "segments", "state", "index", "collectors") for key in store.list(part)]


def assert_sound(folder: Path) -> None:
    world = opened(folder)
    assert all(world.store.exists(file.key) for file in world.listed())
    assert world.rebuilt(hour(HOURS - 4), hour(HOURS)).differing == []


def assert_ended(folder: Path, expected: list[str]) -> None:
    assert contents(folder) == expected
    world = opened(folder)
    run = world.run(hour(HOURS + 1))
    assert run is not None
    assert [key.split("/")[1] for key in run.segments] == ["2016-06-16T08"]
    assert [file.supersedes != () for file in run.files] == [True]


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("step", TIDY_STEPS)
def test_killed_at_a_step_the_next_ends_it(
    folder: Path, uninterrupted: tuple[list[str], float], step: str, times: int
) -> None:
    in_a_process(folder, die_at=(step, times))
    assert_sound(folder)
    assert in_a_process(folder) == 0
    assert_ended(folder, uninterrupted[0])


@pytest.mark.parametrize("step", TIDY_STEPS)
def test_killed_at_a_step_a_run_in_between_reads_nothing_twice(folder: Path, step: str) -> None:
    assert in_a_process(folder, die_at=(step, 1)) == 9
    run = opened(folder).run(hour(HOURS + 1))
    assert run is not None
    assert len(run.segments) == 1
    assert [file.supersedes != () for file in run.files] == [True]


@pytest.mark.parametrize("point", range(POINTS))
def test_killed_at_any_moment_the_next_ends_it(
    folder: Path, uninterrupted: tuple[list[str], float], point: int
) -> None:
    expected, seconds = uninterrupted
    in_a_process(folder, after=random.Random(point).random() * seconds)
    assert_sound(folder)
    assert in_a_process(folder) == 0
    assert_ended(folder, expected)


def test_the_steps_are_all_there(folder: Path) -> None:
    steps = set()
    world = opened(folder)
    for at in (NOW, NOW + KEEP.pause + 1):
        world.tidy(at, progress=lambda step, done, total: steps.add(step))
    assert steps == set(TIDY_STEPS)
