"""Checking the audit trail of accounts against itself, the shadow and the configuration as it is: `trunkline audit check`.

One account after the other, each as it is at one moment, in memory that does not grow with the trail.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from django.db import connections

from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.models import Account
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit import shadow
from trunkline.platform.audit.check_objects import check_objects
from trunkline.platform.audit.consistency import (
    BYPASSED,
    TAMPERED,
    ElementRow,
    Finding,
    Order,
    Said,
    Triple,
    document_findings,
    triples,
    unexplained,
)
from trunkline.platform.audit.entries import Entry, Subject
from trunkline.platform.audit.models import Change, ChangedElement, Head, Shadow
from trunkline.platform.audit.projection import BY_TABLE
from trunkline.platform.databases import alias_of, as_of_one_moment

AT_ONCE = 500

Progress = Callable[[str, int], None]
"""Told the account and how many of its changes have been read."""


def check(
    actor: Actor, account_id: str | None = None, progress: Progress = lambda _account, _changes: None
) -> Iterator[Finding]:
    """What does not hold of one account, or of every account of the actor's. Raises `NotFound`, `NotPermitted`."""
    if account_id is None:
        account_id = actor.account_id
    if account_id is not None:
        actor.require(Permission.AUDIT_TRAIL, account_id)
        find_account(account_id)
    accounts = (
        [account_id] if account_id else list(Account.objects.order_by("id").values_list("id", flat=True))
    )
    yield from _triggers()
    for one in accounts:
        with as_of_one_moment(alias_of("audit")):
            yield from _check_order(one, progress)
            yield from _check_shadow(one)
            yield from check_objects(one)


def trail_of(account_id: str, *order: str) -> Iterator[Said]:
    rows = Change.objects.filter(account_id=account_id).order_by(*order)
    columns = ("account_id", "number", "time", "object_type", "object_id", "action", "document")
    return (Said(*row) for row in rows.values_list(*columns).iterator(AT_ONCE))


def _triggers() -> Iterator[Finding]:
    for name in shadow.missing(connections[alias_of("audit")]):
        text = f"the trigger {name} is not there, or off: nothing watches what it watched"
        yield Finding("", None, "database", text, "Run `trunkline migrate`, and find out who removed it.")


def _check_order(account_id: str, progress: Progress) -> Iterator[Finding]:
    order, elements = Order(account_id), _Elements(account_id)
    for count, said in enumerate(trail_of(account_id, "number"), 1):
        yield from order.next(said)
        yield from document_findings(said, elements.of(said.number))
        if count % 1000 == 0:
            progress(account_id, count)
    for number in elements.without_change():
        text = "there are rows of elements, and no change that they belong to"
        yield Finding(account_id, number, "trail", text, TAMPERED)
    head = Head.objects.filter(account_id=account_id).first()
    yield from order.end(head.number if head else 0, head.time if head else 0)
    progress(account_id, order.number)


class _Elements:
    """The rows of elements, read beside the changes."""

    def __init__(self, account_id: str) -> None:
        rows = ChangedElement.objects.filter(account_id=account_id).order_by("number", "position")
        columns = ("number", "position", "time", "object_type", "object_id", "element", "originator_id")
        found = rows.values_list(*columns, "is_lpa", "is_automatic").iterator(AT_ONCE)
        self._groups = groupby(found, key=lambda row: row[0])
        self._next: tuple[int, list[ElementRow]] | None = None
        self._strays: list[int] = []
        self._advance()

    def of(self, number: int) -> list[ElementRow]:
        while self._next and self._next[0] < number:
            self._strays.append(self._next[0])
            self._advance()
        if not self._next or self._next[0] != number:
            return []
        found = self._next[1]
        self._advance()
        return found

    def without_change(self) -> list[int]:
        """The numbers of those that belong to no change, at the end."""
        while self._next:
            self._strays.append(self._next[0])
            self._advance()
        return self._strays

    def _advance(self) -> None:
        number, rows = next(self._groups, (None, []))
        self._next = None if number is None else (number, [row[1:] for row in rows])


def _check_shadow(account_id: str) -> Iterator[Finding]:
    """What was written after a change, up to the next at which something was written, belongs to the changes between."""
    told = _Told(account_id)
    rows = Shadow.objects.filter(account_id=account_id).order_by("after", "id")
    first = rows.first()
    watched = first is None or first.operation != "begin"
    written: Counter[Triple] = Counter()
    last = 0
    for after, group in groupby(rows.iterator(AT_ONCE), key=lambda row: row.after):
        lines = told.up_to(after, count=watched)
        if watched:
            yield from unexplained(account_id, last, lines, written)
        last, written = after, Counter()
        for row in group:
            if row.operation == "end":
                yield from unexplained(account_id, after, Counter(), written)
            if row.operation in ("begin", "end"):
                watched, written = row.operation == "begin", Counter()
                continue
            lines = _written(row)
            if not lines:
                text = f"{row.table} {row.key} was changed in what is no line of the trail (a secret, a name) after change {after}"
                yield Finding(account_id, after, f"{row.table} {row.key}", text, BYPASSED)
            written += lines
    if watched:
        yield from unexplained(account_id, last, told.up_to(None), written)


class _Told:
    """The lines of the trail, read beside the shadow."""

    def __init__(self, account_id: str) -> None:
        self._trail = trail_of(account_id, "number")
        self._next = next(self._trail, None)

    def up_to(self, number: int | None, *, count: bool = True) -> Counter[Triple]:
        """The lines of the changes from the last asked for up to this one; not counted, they are passed over."""
        lines: Counter[Triple] = Counter()
        while self._next and (number is None or self._next.number <= number):
            if count:
                said = self._next
                lines += triples(said.object_type, said.object_id, said.document.get("changes", []))
            self._next = next(self._trail, None)
        return lines


def _written(row: Shadow) -> Counter[Triple]:
    """A row as lines of the trail."""
    projection = BY_TABLE.get(row.table)
    if projection is None:
        return Counter()
    seen = [projection.seen(shown) if shown is not None else None for shown in (row.old, row.new)]
    before, after = (state[1] if state else None for state in seen)
    kind, key = next(state[0] for state in reversed(seen) if state)
    return triples(kind, key, Entry(Subject(kind, key, ""), before, after).changes)
