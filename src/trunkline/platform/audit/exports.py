"""The whole trail, or what fits a filter, block after block: however long it is and however slowly it is taken.

Every block is a question of its own by number, so that no transaction stays open while somebody reads. Numbers are
contiguous and what has one never changes: up to a number that is there, the answer is the same at any time.
"""

from collections.abc import Iterator

from trunkline.platform.audit import selection
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.models import Head
from trunkline.platform.audit.query import rows_of
from trunkline.platform.audit.rows import Row
from trunkline.platform.databases import drop_dead_connections

LINES_AT_ONCE = 1000


def last_number(account_id: str) -> int:
    """Of the account's changes; 0 where there are none."""
    found = Head.objects.filter(account_id=account_id).values_list("number", flat=True).first()
    return found or 0


def newest_first(account_id: str, filter: Filter, up_to: int, most: int) -> Iterator[list[Row]]:
    """Lines in blocks, down from the number `up_to`."""
    before: tuple[int, int] | None = (up_to + 1, 0)
    while before and most > 0:
        drop_dead_connections()
        found = selection.block(account_id, filter, before, min(most, LINES_AT_ONCE))
        before = (found[-1].number, found[-1].position) if found else None
        most -= len(found)
        yield rows_of(account_id, found)
