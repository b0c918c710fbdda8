"""How many visitors want to talk, by the time of day and of the week where the customers live."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from trunkline.clock import MINUTE_MS
from trunkline.simulator.chance import chance

QUARTER_MS = 15 * MINUTE_MS
QUARTERS = 2 * 96
"""A curve covers two days, since a night shift ends on the second."""
BY_HOUR = (
    *(0.10, 0.07, 0.05, 0.05, 0.06, 0.10, 0.20, 0.38, 0.60, 0.82, 0.96, 1.00),
    *(0.90, 0.86, 0.92, 0.90, 0.84, 0.76, 0.70, 0.72, 0.68, 0.50, 0.32, 0.18),
)
BY_WEEKDAY = (1.00, 0.95, 0.92, 0.90, 0.88, 0.60, 0.50)


@dataclass(frozen=True)
class Demand:
    """The demand that one centre meets: 1.0 is the busiest hour of an ordinary Monday."""

    seed: int
    account: str
    zone: ZoneInfo

    @lru_cache(maxsize=8)  # noqa: B019 - one centre lives as long as its program
    def curve(self, day: date) -> tuple[int, tuple[float, ...]]:
        """Midnight of the day (epoch ms) and the demand of each quarter of an hour from then on."""
        midnight = int(datetime.combine(day, time(), self.zone).timestamp() * 1000)
        return midnight, tuple(self.at(midnight + quarter * QUARTER_MS) for quarter in range(QUARTERS))

    def at(self, instant: int) -> float:
        local = datetime.fromtimestamp(instant / 1000, self.zone)
        hour, share = local.hour, local.minute / 60
        between = BY_HOUR[hour] * (1 - share) + BY_HOUR[(hour + 1) % 24] * share
        return between * BY_WEEKDAY[local.weekday()] * self._mood(local.date())

    def _mood(self, day: date) -> float:
        """Some days are busier than others, by up to 15 %."""
        return 0.85 + 0.3 * chance(self.seed, self.account, "demand", day.toordinal())
