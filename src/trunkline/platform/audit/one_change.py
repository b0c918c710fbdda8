"""Reading one change whole."""

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.audit.query import documents_of
from trunkline.platform.audit.rows import Document
from trunkline.platform.refusals import NotFound


def read_change(actor: Actor, account_id: str, number: int) -> Document:
    """Raises `NotPermitted`, `NotFound`."""
    actor.require(Permission.AUDIT_TRAIL, account_id)
    note(account_id, Event.TRAIL_READ, actor)
    found = documents_of(account_id, [number]).get(number)
    if found is None:
        raise NotFound(f"The account has no change {number}.")
    return found
