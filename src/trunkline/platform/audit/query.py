"""Reading the audit trail: a page of it, and how much there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.display import ENGLISH, display
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.merging import Line
from trunkline.platform.audit.models import Change
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.audit.published import BY_TIME, FIELDS
from trunkline.platform.audit.rows import Document, Row, read_document
from trunkline.platform.audit.selection import select
from trunkline.platform.refusals import Invalid

MAX_PAGE = 500
MAX_OFFSET = 2**31 - 1
MAX_SORTED = 5_000
"""So many lines can be put in another order than that of time: that order has no index."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Page:
    first: int = 50
    offset: int = 0
    order: tuple[tuple[str, bool], ...] = ((BY_TIME[0], False),)
    """Published columns, each with whether it ascends."""
    language: str = ENGLISH
    """In whose words it is sorted."""

    def check(self) -> None:
        """Raises `Invalid`."""
        if not 1 <= self.first <= MAX_PAGE:
            raise Invalid(f"first: a page has 1 to {MAX_PAGE} records.", field="first")
        if not 0 <= self.offset <= MAX_OFFSET:
            raise Invalid(f"offset: from 0 to {MAX_OFFSET}.", field="offset")


def find_changes(actor: Actor, account_id: str, filter: Filter, page: Page) -> list[Row]:
    """The lines of a page. Raises `NotFound`, `NotPermitted`, `Invalid`."""
    actor.require(Permission.AUDIT_TRAIL, account_id)
    page.check()
    note(account_id, Event.TRAIL_READ, actor)
    column, ascending = page.order[0]
    if column in BY_TIME:
        # What happened at the same instant has an order, too: that of the numbers.
        found = select(account_id, filter).page(page.offset, page.first, ascending=ascending)
    else:
        found = _sorted(account_id, filter, page)
    return rows_of(account_id, found)


def count_changes(actor: Actor, account_id: str, filter: Filter) -> int:
    """How many lines fit. Raises `NotFound`, `NotPermitted`."""
    actor.require(Permission.AUDIT_TRAIL, account_id)
    return select(account_id, filter).count()


def rows_of(account_id: str, lines: Sequence[Line]) -> list[Row]:
    """The lines with what their changes' documents say. Asks for no permission: verbs do."""
    documents = documents_of(account_id, {number for number, _ in lines})
    return [Row(documents[number], position) for number, position in lines]


def documents_of(account_id: str, numbers: Iterable[int]) -> dict[int, Document]:
    """By number. Asks for no permission: verbs do."""
    found = Change.objects.filter(account_id=account_id, number__in=list(numbers))
    return {number: read_document(text) for number, text in found.values_list("number", "document")}


def _sorted(account_id: str, filter: Filter, page: Page) -> list[Line]:
    found = select(account_id, filter).page(0, MAX_SORTED + 1, ascending=False)
    if len(found) > MAX_SORTED:
        raise Invalid(
            f"orderBy: more than {MAX_SORTED} records fit, too many for another order than that of time; give a shorter time "
            "or more filters.",
            field="orderBy",
        )
    keys = _keys(account_id, found, page)
    places = list(range(len(found)))
    # From the last column to the first: sorting keeps the order of what is equal.
    for place, (_column, ascending) in reversed(list(enumerate(page.order))):
        places.sort(key=lambda at, place=place: keys[at][place], reverse=not ascending)  # type: ignore[misc]
    return [found[at] for at in places[page.offset : page.offset + page.first]]


def _keys(account_id: str, found: Sequence[Line], page: Page) -> list[tuple[str | int, ...]]:
    """By what to sort; a few documents at a time, since one of them can be large."""
    words, keys = display(page.language), []
    for start in range(0, len(found), _AT_ONCE):
        for row in rows_of(account_id, found[start : start + _AT_ONCE]):
            keys.append(
                tuple(
                    row.document.time if column in BY_TIME else str(FIELDS[column](row, words)).casefold()
                    for column, _ascending in page.order
                )
            )
    return keys
