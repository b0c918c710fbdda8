"""Random histories cut into random segments of several collectors, some sealed late, and run at random times: the files are
what the oracles say, line by line, for all data types."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.pipeline.expected_files import Line, expected_files
from tests.pipeline.sessions.histories import history
from tests.pipeline.sessions.running import RULES, T0, Reference
from tests.pipeline.wire import read_lines
from tests.pipeline.world import Event, World

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DataFile, Run
from trunkline.pipeline.plan import Limits
from trunkline.pipeline.rebuild import rebuild
from trunkline.pipeline.types import KINDS
from trunkline.segments.layout import LETTERS

HOURS = 16
SEEDS = range(40 if os.environ.get("TRUNKLINE_TEST_LONG") else 2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_files_are_what_the_oracles_say(tmp_path: Path, kind: str, seed: int) -> None:
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=60, events=25, lateness="any")
    pieces = list(cut(random, events))
    world, reference, letters = World(tmp_path, RULES[kind], kind), Reference(RULES[kind]), []
    sealed: dict[str, list[Event]] = {}
    names: dict[Any, list[str]] = {}
    for until in ends(random):
        for piece in [piece for piece in pieces if piece[0] < until]:
            pieces.remove(piece)
            _, collector, opened, some = piece
            (key,) = world.received(*some, collector=collector, opened=opened)
            sealed[key] = some
        limits = Limits(part_bytes=random.choice([10_000, 100_000]), bucket_events=random.choice([300, 4000]))
        run = world.run(until, limits)
        if run is None:
            continue
        read = [event for key in run.segments for event in sealed.pop(key)]
        emissions, dead = reference.run(read, run.first_hour, run.end_hour)
        assert_files(world, run, expected_files(emissions), names)
        letters += [(account, reason, event_id) for account, _, reason, event_id, *_ in dead]
    assert not pieces
    assert not sealed
    assert sorted(letters_in(world)) == sorted(letters)
    world.assert_store_matches_catalogue()


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_but_the_segments_may_be_lost(tmp_path: Path, kind: str) -> None:
    random = Random(7)
    world = World(tmp_path, RULES[kind], kind)
    for _, collector, number, some in cut(
        random, history(random, kind, hours=HOURS, actors=40, events=25, lateness="any")
    ):
        world.received(*some, collector=collector, opened=number)
    world.run_all(T0 + 28 * HOUR_MS, 7 * HOUR_MS)
    before = world.files(), world.manifests()
    for folder in ("files", "compact", "state", "index"):
        for key in list(world.store.list(folder)):
            world.store.delete(key)
    span = {"first_hour": T0, "end_hour": T0 + 28 * HOUR_MS}
    report = rebuild(world.store, world.catalogue, KINDS[kind], work=tmp_path / "rebuild", **span)
    assert report.differing == []
    assert len(report.restored) == len(before[0]) > 20
    assert (world.files(), world.manifests()) == before


def cut(random: Random, events: list[Event]) -> Iterator[tuple[int, str, int, list[Event]]]:
    """Segments: when it is sealed, collector, a number, events."""
    groups: dict[tuple[int, str, int], list[Event]] = {}
    for event in events:
        collector = random.choice(["web-1", "web-2"])
        key = (event["receivedAt"] // HOUR_MS * HOUR_MS, collector, int(random.random() < 0.2))
        groups.setdefault(key, []).append(event)
    for (hour, collector, number), some in groups.items():
        random.shuffle(some)
        late = random.choice([0] * 9 + [1, 2, 5])
        yield hour + late * HOUR_MS, collector, number, some


def ends(random: Random) -> Iterator[int]:
    """When the pipeline runs: up to which hour."""
    hour = 0
    while hour < HOURS + 12:
        hour = min(hour + random.choice([1, 1, 2, 4, 7]), HOURS + 12)
        yield T0 + hour * HOUR_MS


def assert_files(
    world: World, run: Run, expected: dict[Any, list[Line]], names: dict[Any, list[str]]
) -> None:
    """The run's files hold the expected lines. `names` has the names of all files up to now, by what they cover."""
    parts: dict[Any, list[DataFile]] = {}
    for file in run.files:
        parts.setdefault((file.account_id, file.data_type, file.scope_start), []).append(file)
        names.setdefault((file.account_id, file.data_type, file.scope_start), []).append(file.name)
    assert set(parts) == set(expected)
    for place, files in parts.items():
        lines = expected[place]
        earlier = {line.supersedes for line in lines if line.supersedes is not None}
        superseded = sorted(name for hour in earlier for name in names[*place[:2], hour])
        for file in files:
            theirs, lines = lines[: file.records], lines[file.records :]
            text = gzip.decompress(world.store.read(file.key)).decode()
            found = read_lines(text, file.data_type, file.schema_version)
            assert [msgspec.json.encode(one) for one in found] == [line.record for line in theirs]
            assert ids_of(world, file) == list(dict.fromkeys(name for line in theirs for name in line.ids))
            assert list(file.supersedes) == superseded
        assert not lines


def ids_of(world: World, file: DataFile) -> list[str]:
    if file.ids_key is None:
        return []
    return [
        msgspec.json.decode(line) for line in gzip.decompress(world.store.read(file.ids_key)).splitlines()
    ]


def letters_in(world: World) -> list[tuple[str, str, str]]:
    texts = [world.store.read(key) for key in world.store.list(LETTERS) if key.endswith(".ndjson")]
    letters = [msgspec.json.decode(line) for text in texts for line in text.splitlines()]
    return [(one["accountId"], one["reason"], msgspec.json.decode(one["body"])["eventId"]) for one in letters]
