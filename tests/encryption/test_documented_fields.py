"""docs/encryption.md names the fields that are encrypted."""

import re
from collections.abc import Iterator
from pathlib import Path

from trunkline.schemas import registry
from trunkline.schemas.names import Node

DOCUMENT = Path(__file__).parents[2] / "docs" / "encryption.md"


def marked(node: Node) -> Iterator[str]:
    if isinstance(node, list):
        for branch in node:
            yield from marked(branch)
    elif isinstance(node, dict) and node["type"] == "array":
        yield from marked(node["items"])
    elif isinstance(node, dict) and node["type"] == "record":
        for field in node["fields"]:
            if field.get("sensitive"):
                yield field["name"]
            yield from marked(field["type"])


def test_the_documented_fields_are_those_that_the_schemas_mark() -> None:
    rows = re.findall(r"^\| (\w+) \| (`.*`) \|$", DOCUMENT.read_text(), re.MULTILINE)
    documented = {name: set(re.findall("`(\\w+)`", fields)) for name, fields in rows}
    assert set(documented) == set(registry.data_types())
    for name, fields in documented.items():
        for version in registry.versions(name):
            assert set(marked(registry.spelled_out(name, version))) == fields
