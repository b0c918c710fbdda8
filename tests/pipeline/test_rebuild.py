"""Rebuilding: what was published comes out of the segments again, byte for byte."""

from pathlib import Path

from tests.pipeline.test_run import busy_events
from tests.pipeline.world import H0, NORTHWIND, World, agents, event, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.rebuild import Report, rebuild
from trunkline.pipeline.types import KINDS

DAY = 24 * HOUR_MS


def rebuilt(world: World, first: int = H0, end: int = H0 + DAY) -> Report:
    return rebuild(
        world.store,
        world.catalogue,
        KINDS["agentActivity"],
        first_hour=first,
        end_hour=end,
        work=Path(world.folder / "rebuild"),
    )


def published(world: World) -> dict[tuple[str, str], bytes]:
    world.received(*busy_events(6))
    world.run_all(H0 + DAY, 4 * HOUR_MS)
    return world.files()


def test_deleted_and_damaged_files_are_restored_with_the_same_bytes(world: World) -> None:
    before = published(world)
    keys = sorted(world.store.list("files"))
    world.store.delete(keys[0])
    world.store.write(keys[1], b"damaged")
    report = rebuilt(world)
    assert len(report.restored) == 2
    assert report.differing == []
    assert len(report.sound) == len(before) - 2
    assert world.files() == before


def test_everything_but_the_segments_may_be_lost(world: World) -> None:
    before = published(world)
    for folder in ("files", "compact", "state", "closed"):
        for key in list(world.store.list(folder)):
            world.store.delete(key)
    report = rebuilt(world, H0 + 8 * HOUR_MS, H0 + 16 * HOUR_MS)
    assert report.differing == []
    names = set(report.restored)
    assert names == {
        name for _, name in before if H0 + 8 * HOUR_MS <= int(name.split(".")[1]) < H0 + 16 * HOUR_MS
    }
    rebuilt(world)
    assert world.files() == before


def test_the_rules_of_that_time_are_used(world: World) -> None:
    before = published(world)
    world.rules[NORTHWIND] = agents("1.0.0.35", inactivity=MINUTE_MS)
    for key in list(world.store.list("files")):
        world.store.delete(key)
    assert rebuilt(world).differing == []
    assert world.files() == before


def test_a_file_that_comes_out_differently_is_reported_and_left_alone(world: World) -> None:
    before = published(world)
    run = world.catalogue._rows["agentActivity"][0].run
    for file in run.files:
        object.__setattr__(file, "text_digest", "0" * 64)
    report = rebuilt(world)
    assert sorted(report.differing) == sorted(file.name for file in run.files)
    assert world.files() == before


def test_a_lost_state_is_made_again_by_the_next_run(world: World) -> None:
    world.received(*shift(H0, H0 + 3 * HOUR_MS))
    world.run_all(H0 + 2 * HOUR_MS)
    for folder in ("state", "closed", "compact"):
        for key in list(world.store.list(folder)):
            world.store.delete(key)
    world.run(H0 + 4 * HOUR_MS)
    (record,) = world.records()
    assert record["metaData"]["startTime"] == {"long": H0}


def test_late_events_are_rebuilt_too(world: World) -> None:
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + 3 * HOUR_MS))
    world.run(H0 + 4 * HOUR_MS)
    before = world.files()
    for folder in ("files", "compact", "state", "closed"):
        for key in list(world.store.list(folder)):
            world.store.delete(key)
    report = rebuilt(world)
    assert len(report.restored) == 2
    assert world.files() == before
