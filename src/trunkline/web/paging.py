"""Which part of a long list a page shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

SIZE = 50
T = TypeVar("T")


@dataclass(frozen=True)
class Pages(Generic[T]):
    shown: Sequence[T]
    number: int
    total: int

    @property
    def count(self) -> int:
        return max(1, -(-self.total // SIZE))

    @property
    def first(self) -> int:
        return (self.number - 1) * SIZE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.shown) - 1

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.count else None


def page_of(items: Sequence[T], wanted: str) -> Pages[T]:
    """The page that was asked for, or the nearest there is."""
    number = number_of(wanted, len(items))
    return Pages(items[(number - 1) * SIZE : number * SIZE], number, len(items))


def number_of(wanted: str, total: int) -> int:
    """Of a page that there is."""
    told = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 1
    return min(max(told, 1), max(1, -(-total // SIZE)))
