"""The trail as JSON lines: every entry exactly as it is kept, in the order of the numbers, and a cursor to go on from.

A number is given in the transaction of its change, after all numbers before it: whoever has read up to a number has missed
nothing, and whoever asks again from an earlier one gets the same again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.models import Change
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.audit.selection import Selection, select
from trunkline.platform.refusals import Invalid

MAX_ENTRIES = 100_000
USUAL_ENTRIES = 10_000
_AT_ONCE = 500
_LINES_AT_ONCE = 5_000


@dataclass(frozen=True)
class Export:
    entries: Sequence[int]
    """Their numbers."""
    cursor: int
    """All that fits up to this number is in it, or was before it."""
    text: Iterator[bytes]


def export_lines(
    actor: Actor, account_id: str, filter: Filter, *, after: int = 0, limit: int = USUAL_ENTRIES
) -> Export:
    """The next entries after a number, those with an element that fits. Raises `Invalid`, `NotFound`, `NotPermitted`."""
    actor.require(Permission.AUDIT_TRAIL, account_id)
    if not 1 <= limit <= MAX_ENTRIES:
        raise Invalid(f"limit: from 1 to {MAX_ENTRIES}.", field="limit")
    if not 0 <= after < 2**63:
        raise Invalid("after: the number of the last entry that you have, 0 for none.", field="after")
    note(account_id, Event.TRAIL_EXPORTED, actor, format="lines")
    selection = select(account_id, replace(filter, after=after))
    entries = _entries(selection, filter, limit)
    cut = len(entries) == limit
    cursor = entries[-1] if cut else max(after, selection.last)
    return Export(entries, cursor, _text(account_id, entries))


def _entries(selection: Selection, filter: Filter, limit: int) -> Sequence[int]:
    numbers = selection.numbers
    if filter.is_of_time_alone:
        return range(numbers.first, min(numbers.last, numbers.first + limit - 1) + 1)
    found: list[int] = []
    for lines in selection.blocks(2**62, _LINES_AT_ONCE, ascending=True):
        # The lines of one entry stand together, also across two blocks.
        found += [
            number for number in dict.fromkeys(number for number, _ in lines) if number not in found[-1:]
        ]
        if len(found) >= limit:
            break
    return found[:limit]


def _text(account_id: str, entries: Sequence[int]) -> Iterator[bytes]:
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        rows = Change.objects.filter(account_id=account_id).order_by("number")
        contiguous = some[-1] - some[0] == len(some) - 1
        rows = rows.filter(number__range=(some[0], some[-1])) if contiguous else rows.filter(number__in=some)
        yield "".join(f"{document}\n" for document in rows.values_list("document", flat=True)).encode()
