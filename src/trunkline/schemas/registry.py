"""The `.avsc` files of this folder, by data type and version: the only definition of what customers are sent.

A file is named `<data type>.<version>.avsc`; adding a version is adding a file. Every schema is self-contained.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]


class UnknownSchema(LookupError):
    """There is no schema of this data type and version."""


def text(data_type: str, version: str) -> str:
    """The schema as it stands in its file. Raises `UnknownSchema`."""
    if version not in versions(data_type):
        raise UnknownSchema(f"{data_type}: no schema of version {version}")
    return (files(__package__) / f"{data_type}.{version}.avsc").read_text(encoding="utf-8")


@cache
def load(data_type: str, version: str) -> Schema:
    """The schema, parsed; not to be changed by its readers. Raises `UnknownSchema`."""
    schema: Schema = json.loads(text(data_type, version))
    resolved: Schema = _inlined(schema, {})
    return resolved


def _inlined(node: Any, known: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(b, known) for b in node]
    if isinstance(node, str):
        return known.get(node.rpartition(".")[2], node)
    node = dict(node)
    if node["type"] == "record":
        node["fields"] = [f | {"type": _inlined(f["type"], known)} for f in node["fields"]]
        known[node["name"]] = node
    elif node["type"] == "enum":
        known[node["name"]] = node
    elif node["type"] == "array":
        node["items"] = _inlined(node["items"], known)
    return node


def latest(data_type: str) -> str:
    """The newest version of a data type. Raises `UnknownSchema`."""
    try:
        return versions(data_type)[-1]
    except IndexError:
        raise UnknownSchema(f"{data_type}: no schema") from None


def versions(data_type: str) -> list[str]:
    """All versions of a data type, oldest first; none for an unknown one."""
    return sorted((version for name, version in _all() if name == data_type), key=_by_number)


def data_types() -> list[str]:
    return sorted({name for name, _ in _all()})


@cache
def _all() -> tuple[tuple[str, str], ...]:
    names = [
        path.name.removesuffix(".avsc")
        for path in files(__package__).iterdir()
        if path.name.endswith(".avsc")
    ]
    return tuple(tuple(name.split(".", 1)) for name in names)  # type: ignore[misc]  # "type.1.0": always two


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
