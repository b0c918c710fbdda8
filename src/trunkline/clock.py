"""The one place that reads the time of day.

Everything that stamps or schedules *data* (receiving hours, pipeline hours, simulated shifts) takes a `Clock`, so
that a demo can let an hour pass in a minute and a test can say what time it is. Things between machines (signature
timestamps, certificates, leases) use real time: they ask `REAL`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def _real_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Clock:
    """Epoch milliseconds (UTC), `speed` times as fast as real time since `origin` (real epoch milliseconds)."""

    speed: float = 1.0
    origin: int = 0
    real: Callable[[], int] = _real_ms

    def now(self) -> int:
        return self.at(self.real())

    def at(self, real: int) -> int:
        """What this clock shows at an instant of real time (epoch ms)."""
        if self.speed == 1.0:
            return real
        return self.origin + int((real - self.origin) * self.speed)

    def real_seconds(self, milliseconds: int) -> float:
        """How long, in real seconds, this clock needs for so many of its milliseconds."""
        return milliseconds / 1000 / self.speed

    def sleep_until(self, instant: int) -> None:
        """Return when this clock shows `instant` (epoch ms), at once if it has passed."""
        while (left := instant - self.now()) > 0:
            time.sleep(min(self.real_seconds(left), 1.0))


REAL = Clock()


def hour_of(instant: int) -> int:
    """The start of the UTC hour that holds `instant`, both in epoch milliseconds."""
    return instant - instant % HOUR_MS
