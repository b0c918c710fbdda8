"""From an account's settings of data types to the rules by which the pipeline works.

Web Session, Engagement and Survey are made of the same sessions, so a visit closes by the setting of Web Session whichever of
them are switched on; a messaging conversation closes by that of Engagement. Survey has none of its own.
"""

from collections.abc import Iterable, Mapping

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.platform.accounts.models import AccountDataType

INACTIVITY_MINUTES = {"agentActivity": 8 * 60, "webSession": 30, "engagement": 3 * 24 * 60}
HEARTBEAT_INACTIVITY_MINUTES = 60
MAXIMUM_HOURS = {"agentActivity": 24, "webSession": 6, "engagement": 7 * 24}
_MESSAGING = "engagement"


def lengths_of(data_type: str, row: AccountDataType | None = None) -> tuple[int | None, int | None]:
    """Minutes after which a silent session closes, and the most hours that one lasts: as chosen, or as the data type has it.
    None for a data type without lengths of its own."""
    inactivity, maximum = INACTIVITY_MINUTES.get(data_type), MAXIMUM_HOURS.get(data_type)
    if row is None:
        return inactivity, maximum
    if row.heartbeats:
        inactivity = HEARTBEAT_INACTIVITY_MINUTES
    return row.inactivity_minutes or inactivity, row.maximum_hours or maximum


def session_rules(
    kind: Kind, rows: Iterable[AccountDataType], public_key: str | None = None
) -> SessionRules | None:
    """The rules of an account, by all that it ever chose (`rows`) and its public key; None if nothing of this kind is
    switched on."""
    by_type = {row.data_type: row for row in rows if row.data_type in kind.data_types}
    on = {name: row.schema_version for name, row in sorted(by_type.items()) if row.switched_on}
    if not on:
        return None
    inactivity, maximum = _milliseconds(kind.data_types[0], by_type)
    # A kind without conversations is not to look back, and to keep segments, as far as one of them may last.
    lasting = _MESSAGING if _MESSAGING in kind.data_types else kind.data_types[0]
    messaging_inactivity, messaging_maximum = _milliseconds(lasting, by_type)
    return SessionRules(
        inactivity=inactivity,
        maximum=maximum,
        messaging_inactivity=messaging_inactivity,
        messaging_maximum=messaging_maximum,
        drop_late=any(row.drop_late for row in by_type.values() if row.switched_on),
        versions=on,
        public_key=public_key,
    )


def _milliseconds(data_type: str, by_type: Mapping[str, AccountDataType]) -> tuple[int, int]:
    inactivity, maximum = lengths_of(data_type, by_type.get(data_type))
    assert inactivity is not None and maximum is not None
    return inactivity * MINUTE_MS, maximum * HOUR_MS
