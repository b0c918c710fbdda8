"""What an object type is. Each is described once, in a module of `types/`; verbs, API, console and trail read that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ninja import Schema

from trunkline.platform.actors import Permission

Values = Mapping[str, Any]


class Stored(Protocol):
    """An object as it is kept."""

    number: int
    type: str
    name: str
    deleted: bool
    values: dict[str, Any]


class Others(Protocol):
    """The account's objects as they will be, for the rules to ask. Deleted ones are not among them."""

    def find(self, type_name: str, number: int) -> Stored | None: ...

    def all(self, type_name: str) -> Iterable[Stored]: ...

    def users_of(self, number: int) -> Sequence[Stored]:
        """Those that name it."""
        ...


@dataclass(frozen=True)
class Draft:
    """An object that was changed: before None it is new, after None it is deleted."""

    number: int
    before: Values | None
    after: Values | None


Rule = Callable[[Draft, Others], None]
"""Returns, or raises `Invalid` or `Conflict`."""


@dataclass(frozen=True)
class ObjectType:
    name: str
    label: str
    """One of them in a sentence: `skill`, `agent group`."""
    path: str
    """The last part of its published address."""
    component: str
    """Its name in the published audit trail."""
    schema: type[Schema]
    """What may be written, by published names; its defaults are those of a new object."""
    read: Permission
    write: Permission
    summary: tuple[str, ...]
    """What a list shows unless more is selected, after id and deleted."""
    named_by: str = "name"
    references: Mapping[str, str] = field(default_factory=dict)
    """Elements that hold ids, with the type of what they name; `a.b` is element b of each a."""
    rules: tuple[Rule, ...] = ()

    def named_in(self, values: Values) -> Iterable[tuple[str, str, int]]:
        """Every (element, type, id) that the values name, once."""
        found = {
            (element, type_name, number)
            for element, type_name in self.references.items()
            for number in _numbers(values, element.split("."))
        }
        return sorted(found)


def _numbers(value: Any, path: list[str]) -> Iterable[int]:
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item, path)
    elif path:
        yield from _numbers(value.get(path[0]), path[1:])
    else:
        yield value
