"""The older form of the query: a flat JSON object. Its answer is a list with every field, and its dates are in UTC."""

from typing import Any

from trunkline.platform.actors import Actor
from trunkline.platform.audit.asked import Asked
from trunkline.platform.audit.published import FIELDS, iso_date
from trunkline.platform.audit.query import count_changes, find_changes
from trunkline.platform.audit.rows import Row


def answer_flat(actor: Actor, account_id: str, asked: Asked) -> tuple[dict[str, Any], int]:
    """The answer and the count of all that fits. Raises `Invalid`, `NotFound`, `NotPermitted`."""
    rows = find_changes(actor, account_id, asked.filter, asked.page)
    total = count_changes(actor, account_id, asked.filter)
    return {"data": [_shown(row, asked) for row in rows]}, total


def _shown(row: Row, asked: Asked) -> dict[str, Any]:
    shown: dict[str, Any] = {name: show(row, asked.words) for name, show in FIELDS.items()}
    time = row.document.time
    return shown | {
        "changeDate": iso_date(time),
        "changeTimestamp": time,
        "changeNumber": row.document.number,
    }
