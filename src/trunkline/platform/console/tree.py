"""Agent groups as the tree that they are. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.platform.configuration.object_types import Stored


@dataclass(frozen=True)
class Branch:
    group: Stored
    below: Sequence["Branch"]


def tree(groups: Iterable[Stored]) -> list[Branch]:
    """By name, each with those below it. A group whose parent is not among them stands at the top."""
    kept = sorted(groups, key=lambda group: group.name.casefold())
    numbers = {group.number for group in kept}
    below: dict[int | None, list[Stored]] = {}
    for group in kept:
        parent = group.values["parentGroupId"]
        below.setdefault(parent if parent in numbers else None, []).append(group)
    return _branches(None, below)


def _branches(number: int | None, below: Mapping[int | None, list[Stored]]) -> list[Branch]:
    return [Branch(group, _branches(group.number, below)) for group in below.get(number, ())]
