"""Every member of Web Session, Engagement and Survey, made from events: the text that is to come out, for each version."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.pipeline.visitors import visits_world
from tests.pipeline.wire import read_lines
from tests.pipeline.world import H0

from trunkline import schemas
from trunkline.clock import HOUR_MS
from trunkline.events import AnyEvent
from trunkline.schemas.names import branch_name, branches

GOLDEN = Path(__file__).parent.parent / "golden"
EVENTS = json.loads((GOLDEN / "visits.events.json").read_text(encoding="utf-8"))
"""A visit in which everything happens, and two messaging conversations."""
CASES = [
    (name, version) for name in ("webSession", "engagement", "survey") for version in schemas.versions(name)
]


def golden(data_type: str, version: str) -> list[dict[str, Any]]:
    """The records of one data file, in order."""
    found: list[dict[str, Any]] = json.loads(
        (GOLDEN / f"{data_type}.{version}.json").read_text(encoding="utf-8")
    )
    return found


def test_the_events_are_what_a_collector_takes() -> None:
    for event in EVENTS:
        assert msgspec.to_builtins(msgspec.convert(event, AnyEvent)) == event


@pytest.mark.parametrize(("data_type", "version"), CASES)
def test_the_golden_records_come_out_byte_for_byte(tmp_path: Path, data_type: str, version: str) -> None:
    world = visits_world(tmp_path, version)
    world.received(*EVENTS)
    world.run(H0 + HOUR_MS)
    texts = {name.partition(".")[0]: text for (_, name), text in world.texts().items()}
    text = texts[data_type[0].upper() + data_type[1:]]
    # Text against text: member order and number forms count, white space does not.
    lines = [
        json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"
        for record in golden(data_type, version)
    ]
    assert text == "".join(lines)
    read_lines(text, data_type, version)


@pytest.mark.parametrize(("data_type", "version"), CASES)
def test_the_golden_records_have_a_value_for_every_member_branch_and_symbol(
    data_type: str, version: str
) -> None:
    schema = schemas.spelled_out(data_type, version)
    assert list(missing(schema, golden(data_type, version), data_type)) == []


def missing(node: Any, values: list[Any], where: str) -> Iterator[str]:
    """What the schema has and none of the values, which stand on the wire, has: as paths."""
    if isinstance(node, list):
        for branch in branches(node):
            name = branch_name(branch)
            wrapped = [value[name] for value in values if value is not None and name in value]
            yield from missing(branch, wrapped, f"{where}/{name.rpartition('.')[2]}")
    elif not values:
        yield where
    elif isinstance(node, dict) and node["type"] == "record":
        for field in node["fields"]:
            theirs = [value[field["name"]] for value in values]
            yield from missing(field["type"], theirs, f"{where}.{field['name']}")
    elif isinstance(node, dict) and node["type"] == "array":
        yield from missing(node["items"], [item for value in values for item in value], f"{where}[]")
    elif isinstance(node, dict) and not node["name"].endswith(".DataTypeEnum"):
        yield from (f"{where}={symbol}" for symbol in node["symbols"] if symbol not in values)
