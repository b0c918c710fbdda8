"""Through a schema."""

from collections.abc import Iterator
from typing import Any


def records_of(node: Any) -> Iterator[dict[str, Any]]:
    """All records that are defined in it."""
    if isinstance(node, list):
        for branch in node:
            yield from records_of(branch)
    elif isinstance(node, dict):
        if "fields" in node:
            yield node
        yield from records_of(
            [node.get("items", "null"), *(field["type"] for field in node.get("fields", []))]
        )
