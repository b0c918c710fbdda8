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
    size: int = SIZE

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.shown) - 1

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.count else None


def page_of(items: Sequence[T], wanted: str, size: int = SIZE) -> Pages[T]:
    """The page that was asked for, or the nearest there is."""
    last = max(1, -(-len(items) // size))
    number = (
        min(max(int(wanted), 1), last) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 1
    )
    return Pages(items[(number - 1) * size : number * size], number, len(items), size)
