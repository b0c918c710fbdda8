"""What an event must obey beyond its shape. Pure: the clock's reading is handed in."""

from dataclasses import dataclass

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.collector.refusal import Reason, Refusal
from trunkline.events.envelope import Event

AHEAD_MS = 5 * MINUTE_MS
"""How far a producer's clock may be ahead of ours."""

# Milliseconds from 1973 to 5138; a time of our century in seconds, micro- or nanoseconds falls outside by a factor of
# thousand.
_SECONDS_BELOW = 10**11
_MICROSECONDS_ABOVE = 10**14
_NANOSECONDS_ABOVE = 10**17


@dataclass(frozen=True)
class Bounds:
    """Whose events are taken, and from when, in a request received at one moment (epoch ms)."""

    account_id: str
    earliest: int
    latest: int


def bounds(account_id: str, now: int, late_hours: int, *, backfill: bool) -> Bounds:
    earliest = _SECONDS_BELOW if backfill else now - late_hours * HOUR_MS
    return Bounds(account_id, earliest, now + AHEAD_MS)


def obeys(event: Event, allowed: Bounds) -> bool:
    """Is there nothing to refuse? The quick question, asked of every event."""
    return (
        allowed.earliest <= event.timestamp <= allowed.latest
        and event.received_at is None
        and event.first_received_at is None
        and (event.account_id is None or event.account_id == allowed.account_id)
    )


def refuse(index: int, event: Event, allowed: Bounds) -> Refusal:
    """What is wrong with an event that does not obey."""
    if event.account_id is not None and event.account_id != allowed.account_id:
        message = "accountId: not the account of this address; leave it out or send the same"
        return Refusal(index, "accountId", Reason.FOREIGN_ACCOUNT, message)
    for name, value in (("receivedAt", event.received_at), ("firstReceivedAt", event.first_received_at)):
        if value is not None:
            return Refusal(index, name, Reason.SERVER_FIELD, f"{name}: set by the collector; leave it out")
    return _refuse_timestamp(index, event.timestamp, allowed)


def _refuse_timestamp(index: int, timestamp: int, allowed: Bounds) -> Refusal:
    for unit, reason, matches in (
        ("seconds", Reason.TIMESTAMP_IN_SECONDS, 0 <= timestamp < _SECONDS_BELOW),
        ("nanoseconds", Reason.TIMESTAMP_IN_NANOSECONDS, timestamp >= _NANOSECONDS_ABOVE),
        ("microseconds", Reason.TIMESTAMP_IN_MICROSECONDS, timestamp >= _MICROSECONDS_ABOVE),
    ):
        if matches:
            expected = "expected milliseconds since 1970-01-01T00:00:00Z"
            return Refusal(
                index, "timestamp", reason, f"timestamp: {timestamp} looks like {unit}; {expected}"
            )
    if timestamp > allowed.latest:
        message = (
            f"timestamp: {timestamp} lies in the future; expected at most {allowed.latest} (5 minutes ahead)"
        )
        return Refusal(index, "timestamp", Reason.FUTURE_TIMESTAMP, message)
    message = f"timestamp: {timestamp} is too old; expected at least {allowed.earliest}, or a key that may back-fill"
    return Refusal(index, "timestamp", Reason.TOO_LATE, message)
