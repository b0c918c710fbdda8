"""The published CSV: what was asked, how much there is, and the lines."""

import re
from collections.abc import Iterable, Iterator, Sequence

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.asked import Asked
from trunkline.platform.audit.component_types import COMPONENTS
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.audit.published import FIELDS, local_date
from trunkline.platform.audit.query import rows_of
from trunkline.platform.audit.rows import Document, Row
from trunkline.platform.audit.selection import select
from trunkline.platform.refusals import Invalid

MAX_LINES = 1_000_000
LINES_AT_ONCE = 1000
"""Read in one go: no transaction is held between, so that a slow reader holds nothing up."""

HEADER = (
    "Object type,Object ID,Object name,Action type,Element,Old value,New value,Date and time,Originator,"
    "Originator Employee ID,Originator Profiles"
)
_OBJECT = ("objectType", "objectId", "objectName", "actionType")
_WHO = ("originator", "originatorEmployeeId", "originatorProfiles")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_QUOTED = re.compile('[,"\r\n]')
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")


def export_csv(actor: Actor, account_id: str, asked: Asked, limit: int = MAX_LINES) -> Iterator[bytes]:
    """The file in blocks. Raises `Invalid`, `NotFound`, `NotPermitted` before the first of them."""
    actor.require(Permission.AUDIT_TRAIL, account_id)
    if not 1 <= limit <= MAX_LINES:
        raise Invalid(f"limit: from 1 to {MAX_LINES}.", field="limit")
    selection, cells = select(account_id, asked.filter), _Cells(asked)
    note(account_id, Event.TRAIL_EXPORTED, actor, format="csv")
    total = min(limit, selection.count())

    def text() -> Iterator[bytes]:
        yield _head(account_id, asked, total)
        for lines in selection.blocks(total, LINES_AT_ONCE, ascending=False):
            yield _written(map(cells.of, rows_of(account_id, lines)))

    return text()


def cell(text: str) -> str:
    """A text as it stands in the file."""
    safe = safe_text(text)
    return '"' + safe.replace('"', '""') + '"' if _QUOTED.search(safe) else safe


def safe_text(text: str) -> str:
    """What no spreadsheet takes for a formula: a text that begins like one, and is no number, behind an apostrophe."""
    clean = text.replace("\0", "")
    return f"'{clean}" if text.startswith(_RISKY) and not _NUMBER.match(clean) else clean


class _Cells:
    """Of lines; what the lines of one change have in common is made once."""

    def __init__(self, asked: Asked) -> None:
        self._words, self._zone = asked.words, asked.zone
        self._of: Document | None = None
        self._before: list[str] = []
        self._after: list[str] = []

    def of(self, row: Row) -> list[str]:
        if row.document is not self._of:
            self._begin(row)
        changed, words = row.changed, self._words
        return [
            *self._before,
            cell(words.element(row.document.object.type, changed.element)),
            cell(words.value(changed.old)),
            cell(words.value(changed.new)),
            *self._after,
        ]

    def _begin(self, row: Row) -> None:
        self._of = row.document
        self._before = [cell(str(FIELDS[column](row, self._words))) for column in _OBJECT]
        who = (cell(str(FIELDS[column](row, self._words))) for column in _WHO)
        self._after = [local_date(row.document.time, self._zone), *who]


def _head(account_id: str, asked: Asked, total: int) -> bytes:
    zone = asked.timezone
    components = asked.component_types or tuple(COMPONENTS.values())
    values = [
        account_id,
        asked.from_date,
        asked.to_date,
        ",".join(components),
        ",".join(asked.users) or "All",
        asked.words.value(asked.automatic_updates),
        asked.words.value(asked.lpa),
    ]
    titles = f"Account ID,Start({zone}),End({zone}),Object types,Originators,Include Automatic Updates,Include LPA Users"
    return b"".join(
        (
            f"Search Criteria\n{titles}\n".encode(),
            _written([[cell(value) for value in values]]),
            f"Total Items\n{total}\nResults\n{HEADER}\n".encode(),
        )
    )


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    return "".join(f"{','.join(row)}\n" for row in rows).encode()
