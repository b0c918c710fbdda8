"""Lines from several places of an index, merged in order and counted: the statements, alike on both databases.

A filter becomes spans. Each is read from its own place, so that what does not fit is not looked at, however much of it
there is; and counted by the places of its first and last line in their series, however many there are between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from trunkline.platform.databases import alias_of

Line = tuple[int, int]
"""The number of its change, and its position there."""

MOST_SPANS = 200
"""In one statement: SQLite takes 500."""

_DOWN, _UP = "number DESC, position DESC", "number, position"


@dataclass(frozen=True)
class Numbers:
    """Of changes, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Span:
    """Lines with these values."""

    values: tuple[tuple[str, Any], ...]
    """Columns with which an index begins that ends with number and position."""
    also: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    """Further columns, each with the values that fit."""
    place: str = ""
    """The column with a line's place among those with `values`, where they are a series."""

    @property
    def is_series(self) -> bool:
        return bool(self.place) and not self.also

    @property
    def condition(self) -> tuple[str, list[Any]]:
        parts, arguments = (
            [f"{column} = %s" for column, _ in self.values],
            [value for _, value in self.values],
        )
        for column, fitting in self.also:
            parts.append(f"{column} IN ({', '.join(['%s'] * len(fitting))})")
            arguments += fitting
        return " AND ".join(parts), arguments


def read(
    spans: Sequence[Span],
    numbers: Numbers,
    most: int,
    *,
    ascending: bool,
    beyond: Line | None = None,
    offset: int = 0,
) -> list[Line]:
    """The first lines in order; those beyond a line, where one is given."""
    if len(spans) <= MOST_SPANS:
        return _read(spans, numbers, most, ascending, beyond, offset) if spans else []
    found: list[Line] = []
    for start in range(0, len(spans), MOST_SPANS):
        found += _read(spans[start : start + MOST_SPANS], numbers, offset + most, ascending, beyond, 0)
    return sorted(found, reverse=not ascending)[offset : offset + most]


def count(spans: Sequence[Span], numbers: Numbers) -> int:
    total = 0
    for start in range(0, len(spans), MOST_SPANS):
        statements, arguments = [], []
        for span in spans[start : start + MOST_SPANS]:
            statement, given = _counted(span, numbers)
            statements.append(statement)
            arguments += given
        total += sum(row[0] for row in _rows(" UNION ALL ".join(statements), arguments))
    return total


def _read(
    spans: Sequence[Span], numbers: Numbers, most: int, ascending: bool, beyond: Line | None, offset: int
) -> list[Line]:
    order = _UP if ascending else _DOWN
    statements, arguments = [], []
    for position, span in enumerate(spans):
        condition, given = span.condition
        if beyond:
            condition += f" AND (number, position) {'>' if ascending else '<'} (%s, %s)"
        statements.append(
            f"SELECT * FROM (SELECT number, position FROM audit_changedelement WHERE {condition} "
            f"AND number >= %s AND number <= %s ORDER BY {order} LIMIT %s) AS span_{position}"
        )
        arguments += [*given, *(beyond or ()), numbers.first, numbers.last, offset + most]
    statement = f"{' UNION ALL '.join(statements)} ORDER BY {order} LIMIT %s OFFSET %s"
    return _rows(statement, [*arguments, most, offset])


def _counted(span: Span, numbers: Numbers) -> tuple[str, list[Any]]:
    condition, given = span.condition
    if not span.is_series:
        statement = (
            f"SELECT count(*) FROM audit_changedelement WHERE {condition} AND number >= %s AND number <= %s"
        )
        return statement, [*given, numbers.first, numbers.last]
    place = (
        f"COALESCE((SELECT {span.place} FROM audit_changedelement WHERE {condition} AND number <= %s "
        f"ORDER BY {_DOWN} LIMIT 1), 0)"
    )
    return f"SELECT {place} - {place}", [*given, numbers.last, *given, numbers.first - 1]


def _rows(statement: str, arguments: Sequence[Any]) -> list[Any]:
    with connections[alias_of("audit")].cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())
