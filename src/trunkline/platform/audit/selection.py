"""A filter as spans of lines, and pages and counts of them. Asks for no permission: verbs do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trunkline.platform.audit import merging
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.merging import Line, Numbers, Span
from trunkline.platform.audit.models import Change, Head, Series
from trunkline.platform.audit.originators import originator_ids
from trunkline.platform.audit.series import ALL

DEEP = 5_000
"""Lines before a page that are read and left out; where there are more, the page is found by counting."""

_SERIES = ("object_type", "action", "is_lpa", "is_automatic")


@dataclass(frozen=True)
class Selection:
    """The lines of an account that fit a filter, as far as the trail goes at this moment."""

    spans: tuple[Span, ...]
    numbers: Numbers
    last: int
    """Where the trail ends."""

    def page(self, offset: int, first: int, *, ascending: bool) -> list[Line]:
        numbers = self.numbers
        if offset > DEEP and all(span.is_series for span in self.spans):
            numbers, offset = self._skip(offset, ascending)
        return merging.read(self.spans, numbers, first, ascending=ascending, offset=offset)

    def count(self) -> int:
        return merging.count(self.spans, self.numbers)

    def blocks(self, most: int, at_once: int, *, ascending: bool) -> Iterator[list[Line]]:
        """Up to so many, block after block. No transaction is held between: what a number stands for never changes."""
        beyond = None
        while found := merging.read(
            self.spans, self.numbers, min(most, at_once), ascending=ascending, beyond=beyond
        ):
            yield found
            most, beyond = most - len(found), found[-1]

    def _skip(self, offset: int, ascending: bool) -> tuple[Numbers, int]:
        """Numbers without most of what stands before the page, and what is still to leave out."""
        first, last = self.numbers.first, self.numbers.last
        rest, left = self.numbers, offset
        while first <= last:
            middle = (first + last) // 2
            before = Numbers(self.numbers.first, middle) if ascending else Numbers(middle, self.numbers.last)
            skipped = merging.count(self.spans, before)
            fits = skipped <= offset
            if fits:
                rest = (
                    Numbers(middle + 1, self.numbers.last)
                    if ascending
                    else Numbers(self.numbers.first, middle - 1)
                )
                left = offset - skipped
                if left <= DEEP:
                    break
            # More can be skipped further into the order, less nearer to its begin.
            if fits == ascending:
                first = middle + 1
            else:
                last = middle - 1
        return rest, left


def select(account_id: str, filter: Filter) -> Selection:
    last = Head.objects.filter(account_id=account_id).values_list("number", flat=True).first() or 0
    numbers = _numbers(account_id, filter, last)
    spans = tuple(_spans(account_id, filter)) if numbers.first <= numbers.last else ()
    return Selection(spans, numbers, last)


def _numbers(account_id: str, filter: Filter, last: int) -> Numbers:
    """Those of the filter's time: it never decreases with the number."""
    changes = Change.objects.filter(account_id=account_id).values_list("number", flat=True)
    first = 1
    if filter.since is not None:
        found = changes.filter(time__gte=filter.since).order_by("time", "number").first()
        first = last + 1 if found is None else found
    if filter.until is not None:
        last = min(last, changes.filter(time__lt=filter.until).order_by("-time", "-number").first() or 0)
    return Numbers(max(first, filter.after + 1), last)


def _spans(account_id: str, filter: Filter) -> Iterator[Span]:
    account = ("account_id", account_id)
    if filter.object_id:
        element = (("element", (filter.element,)),) if filter.element else ()
        yield Span((account, ("object_id", filter.object_id)), (*_further(account_id, filter), *element))
    elif filter.element and not filter.users:
        yield Span((account, ("element", filter.element)), tuple(_further(account_id, filter)))
    else:
        yield from _series(account_id, filter)


def _series(account_id: str, filter: Filter) -> Iterator[Span]:
    found = Series.objects.filter(account_id=account_id)
    for column, fitting in _further(account_id, filter):
        found = found.filter(**{f"{column}__in": fitting})
    if not filter.users:
        found = found.filter(originator_id=ALL)
    also = (("element", (filter.element,)),) if filter.element else ()
    for originator_id, *values in found.values_list("originator_id", *_SERIES):
        series: tuple[tuple[str, Any], ...] = tuple(zip(_SERIES, values, strict=True))
        if filter.users:
            own = ("account_id", account_id), ("originator_id", originator_id), *series
            yield Span(own, also, place="nth_of_originator")
        else:
            yield Span((("account_id", account_id), *series), also, place="nth")


def _further(account_id: str, filter: Filter) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The columns of a series, each with what fits."""
    if filter.users:
        yield "originator_id", originator_ids(account_id, filter.users)
    if filter.object_types:
        yield "object_type", tuple(sorted(filter.object_types))
    if filter.actions:
        yield "action", tuple(sorted(filter.actions))
    if not filter.lpa:
        yield "is_lpa", (False,)
    if not filter.automatic:
        yield "is_automatic", (False,)
