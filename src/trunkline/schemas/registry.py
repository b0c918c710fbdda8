"""The `.avsc` files of this folder, by data type and version: the only definition of what customers are sent.

A file is named `<data type>.<version>.avsc`; adding a version is adding a file. Every schema is self-contained.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from trunkline.schemas.names import spell_out

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
    return schema


@cache
def spelled_out(data_type: str, version: str) -> Schema:
    """The schema for those who follow it node by node: names replaced by what they stand for. Raises `UnknownSchema`."""
    return spell_out(load(data_type, version))


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
