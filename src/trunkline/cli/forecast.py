"""The rule of the forecast: when a disk will be full, given what came in which hour and how long it stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.clock import DAY_MS, HOUR_MS, hour_of

WINDOW = 7 * DAY_MS
"""The rate is that of so long."""
HORIZON = 365 * DAY_MS
"""Nothing is said of what comes later."""


@dataclass(frozen=True)
class Growing:
    """Something of which every hour brings some, and that goes when it is `keep` old."""

    hours: Mapping[int, float]
    """Bytes by the start of their hour, epoch ms."""
    keep: int | None
    """Milliseconds; None: for ever."""
    measured: bool = True
    """False: of all its time one size is known, and the hours say nothing of since when there is data."""


@dataclass(frozen=True)
class Forecast:
    window: int
    """How long was looked at, ms."""
    rate: float
    """Bytes that came in an hour."""
    full: int | None
    """When nothing is free any more, epoch ms; None: not within `HORIZON`."""


def forecast(growing: Sequence[Growing], free: float, now: int) -> Forecast | None:
    """None where there is less than a day of data. `free`: bytes that may still be filled."""
    end = hour_of(now)
    oldest = min((hour for one in growing if one.measured for hour in one.hours), default=end)
    window = min(WINDOW, end - oldest)
    if window < DAY_MS:
        return None
    rates = [_rate(one, end, window) for one in growing]
    leaving = [_Leaving(one, rate, end) for one, rate in zip(growing, rates, strict=True)]
    total, full = sum(rates), None
    for hour in range(end, end + HORIZON, HOUR_MS):
        free -= total - sum(one.in_hour(hour) for one in leaving)
        if free <= 0:
            full = hour + HOUR_MS
            break
    return Forecast(window, total, full)


def _rate(one: Growing, end: int, window: int) -> float:
    """Of whole hours: the one that is running has not brought everything yet."""
    return sum(size for hour, size in one.hours.items() if end - window <= hour < end) * HOUR_MS / window


class _Leaving:
    """What goes again of something that grows at an even rate from `end` on."""

    def __init__(self, one: Growing, rate: float, end: int) -> None:
        self._one, self._rate, self._end = one, rate, end
        # What is there although it is older than it should be is evidently needed.
        oldest = min(one.hours, default=end)
        self._keep = None if one.keep is None else max(one.keep, end - oldest)

    def in_hour(self, hour: int) -> float:
        if self._keep is None:
            return 0.0
        came = hour - self._keep
        return self._rate if came >= self._end else self._one.hours.get(hour_of(came), 0.0)
