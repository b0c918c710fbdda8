"""Days and instants, as the published interface takes them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.platform.refusals import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_zone(name: str) -> ZoneInfo:
    """Raises `Invalid`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"timezone: {name!r} is none; expected an IANA name such as US/Eastern or UTC.", field="timezone"
        ) from None


def start_of(text: str, zone: ZoneInfo, field: str) -> int | None:
    """The first millisecond of a day; an instant that has a time is itself the start. None for an empty text.

    Raises `Invalid`.
    """
    return _instant(text, zone, field, days=0)


def end_of(text: str, zone: ZoneInfo, field: str) -> int | None:
    """The first millisecond after a day; an instant that has a time is itself the end. Raises `Invalid`."""
    return _instant(text, zone, field, days=1)


def _instant(text: str, zone: ZoneInfo, field: str, days: int) -> int | None:
    if not text:
        return None
    try:
        if len(text) == len("2024-01-31"):
            # Not midnight and 24 hours: a day has 23 or 25 where clocks change.
            read = datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), zone)
        else:
            read = datetime.fromisoformat(text)
            read = read if read.tzinfo else read.replace(tzinfo=zone)
        return round((read - _EPOCH) / timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        raise Invalid(f"{field}: {text!r} is no date; expected yyyy-MM-dd.", field=field) from None
