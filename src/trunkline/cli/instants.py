"""Points in time as people type them."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_BACK = re.compile(r"(\d{1,5})([mhdw])")


def instant(text: str, now: datetime) -> datetime:
    """`2026-11-01`, `2026-11-01T08:00`, `2026-11-01T08:00+01:00` (UTC unless told), or so long before now: `90m`, `12h`, `3d`, `2w`.

    Raises `ValueError` that says what was expected.
    """
    if back := _BACK.fullmatch(text):
        return now - timedelta(**{_UNITS[back[2]]: int(back[1])})
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r}: a date such as 2026-11-01, or 3d, 12h, 90m before now expected"
        ) from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
