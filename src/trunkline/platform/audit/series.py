"""Placing new lines in their series. Within the transaction of the change, which the account's head has put in order."""

from collections.abc import Sequence

from trunkline.platform.audit.models import ChangedElement, Series

ALL = "*"
"""In place of an originator: the lines of all of them."""

_KEY = ("originator_id", "object_type", "action", "is_lpa", "is_automatic")
_Key = tuple[object, ...]


def place(account_id: str, lines: Sequence[ChangedElement]) -> None:
    """Give new lines their places, and count them."""
    counts = _counts(account_id, lines)
    for line in lines:
        line.nth = _next(counts, line, ALL)
        line.nth_of_originator = _next(counts, line, line.originator_id)
    Series.objects.bulk_create(
        (
            Series(account_id=account_id, lines=count, **dict(zip(_KEY, key, strict=True)))
            for key, count in counts.items()
        ),
        update_conflicts=True,
        unique_fields=["account", *_KEY],
        update_fields=["lines"],
    )


def _counts(account_id: str, lines: Sequence[ChangedElement]) -> dict[_Key, int]:
    """So far, of the series that there are already."""
    found = Series.objects.filter(
        account_id=account_id,
        originator_id__in={ALL, *(line.originator_id for line in lines)},
        object_type__in={line.object_type for line in lines},
        action__in={line.action for line in lines},
    )
    counts = {tuple(key): count for *key, count in found.values_list(*_KEY, "lines")}
    wanted = {_key(line, who) for line in lines for who in (ALL, line.originator_id)}
    return {key: counts.get(key, 0) for key in sorted(wanted)}


def _next(counts: dict[_Key, int], line: ChangedElement, originator_id: str) -> int:
    key = _key(line, originator_id)
    counts[key] += 1
    return counts[key]


def _key(line: ChangedElement, originator_id: str) -> _Key:
    return (originator_id, line.object_type, line.action, line.is_lpa, line.is_automatic)
