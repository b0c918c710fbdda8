"""A run that is killed anywhere and started again: every session once, every file listed, always the same bytes."""

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pipeline import visitors
from tests.pipeline.mortal import opened, work
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, Event, World, event, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.steps import STEPS

UNTIL = H0 + 12 * HOUR_MS
POINTS = 300 if os.environ.get("TRUNKLINE_TEST_LONG") else 10
Bytes = dict[tuple[str, str], bytes]
Contents = tuple[Bytes, Bytes]
"""Files, and the manifests beside them."""

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.pipeline.mortal"])


@pytest.fixture(scope="module", params=["agentActivity", "visits"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def segments(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with twelve hours of events, some of them late or sent twice."""
    world = World(tmp_path_factory.mktemp("segments"))
    events = {"agentActivity": of_agents, "visits": of_visitors}[kind]()
    world.received(*sorted(events, key=lambda one: one["receivedAt"]))
    return world.folder


def of_agents() -> list[Event]:
    events = []
    for agent in range(1, 7):
        account = NORTHWIND if agent % 3 else CONTOSO
        for number in range(3):
            start = H0 + number * 4 * HOUR_MS + agent * 7 * MINUTE_MS
            events += shift(start, start + (30 + 20 * agent) * MINUTE_MS, 100 + agent, account)
    late = event("status", H0 + 20 * MINUTE_MS, 101, NORTHWIND, state=4, receivedAt=H0 + 7 * HOUR_MS)
    clash = event("login", H0 + 7 * MINUTE_MS, 101, NORTHWIND, state=4, receivedAt=H0 + 8 * MINUTE_MS)
    return [*events, late, clash]


def of_visitors() -> list[Event]:
    events = []
    for person in range(1, 5):
        for number in range(3):
            start = (number * 240 + person * 27) * MINUTE_MS
            talk = (f"talk-{person}", f"talk-{person}-{number}")[number == 2]
            messaging = [
                visitors.in_messaging(what, start, talk) for what in ("requested", "ended")[number % 2 :]
            ]
            visit = [*visitors.visit(start, f"visitor-{person}"), *messaging]
            events += [one | {"accountId": NORTHWIND if person % 3 else CONTOSO} for one in visit]
    late = visitors.page(30 * MINUTE_MS, "visitor-1", receivedAt=7 * HOUR_MS)
    said = visitors.line(31 * MINUTE_MS, "late", "chat-of-visitor-1", "visitor-1", receivedAt=7 * HOUR_MS)
    clash = visitors.page(28 * MINUTE_MS, "visitor-1", url="boots", receivedAt=29 * MINUTE_MS)
    return [*events, late, said, clash]


@pytest.fixture(scope="module")
def uninterrupted(
    segments: Path, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Contents, float]:
    """The files of a run that nobody killed, and how long it took."""
    folder = tmp_path_factory.mktemp("whole") / "world"
    shutil.copytree(segments, folder)
    begun = time.monotonic()
    assert in_a_process(folder, kind) == 0
    lasted = time.monotonic() - begun
    world = opened(folder, kind)
    assert any(file.supersedes for file in world.listed())
    return contents(world), lasted


def contents(world: World) -> Contents:
    return world.files(), world.manifests()


@pytest.fixture
def folder(segments: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(segments, tmp_path / "world")
    yield tmp_path / "world"
    shutil.rmtree(tmp_path)


def in_a_process(
    folder: Path, kind: str, die_at: tuple[str, int] | None = None, after: float | None = None
) -> int | None:
    """The exit code of a pipeline over the folder, killed `after` so many seconds."""
    process = CONTEXT.Process(target=work, args=(folder, kind, H0, UNTIL, die_at))
    process.start()
    process.join(after if after is not None else 60)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def assert_whole(folder: Path, kind: str, expected: Contents) -> None:
    world = opened(folder, kind)
    assert contents(world) == expected
    world.assert_store_matches_catalogue()
    # What was killed after its publication is tidied up by the next run.
    world.run(UNTIL + HOUR_MS)
    assert not list((folder / "work").iterdir())
    assert not list((folder / "store" / "files").rglob(".*"))


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_it_ends_as_if_nothing_had_happened(
    folder: Path, kind: str, uninterrupted: tuple[Contents, float], step: str, times: int
) -> None:
    assert in_a_process(folder, kind, die_at=(step, times)) == 9
    assert_listed_files_are_there(folder, kind)
    assert in_a_process(folder, kind) == 0
    assert_whole(folder, kind, uninterrupted[0])


@pytest.mark.parametrize("point", range(POINTS))
def test_killed_at_any_moment_it_ends_as_if_nothing_had_happened(
    folder: Path, kind: str, uninterrupted: tuple[Contents, float], point: int
) -> None:
    expected, seconds = uninterrupted
    in_a_process(folder, kind, after=random.Random(point).random() * seconds)
    assert_listed_files_are_there(folder, kind)
    assert in_a_process(folder, kind) == 0
    assert_whole(folder, kind, expected)


def assert_listed_files_are_there(folder: Path, kind: str) -> None:
    world = opened(folder, kind)
    for file in world.listed():
        assert world.store.exists(file.key)
        assert file.ids_key is None or world.store.exists(file.ids_key)


def test_what_another_plan_left_behind_is_swept(
    folder: Path, kind: str, uninterrupted: tuple[Contents, float]
) -> None:
    assert in_a_process(folder, kind, die_at=("state-written", 1)) == 9
    more = {"agentActivity": shift(H0, H0 + 5 * MINUTE_MS, 50), "visits": visitors.visit()}[kind]
    opened(folder, kind).received(*more, collector="web-2")
    assert in_a_process(folder, kind) == 0
    opened(folder, kind).assert_store_matches_catalogue()
    assert contents(opened(folder, kind)) != uninterrupted[0]
