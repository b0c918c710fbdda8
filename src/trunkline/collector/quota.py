"""How many events an account may send: a token bucket each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Quota:
    """`rate` events a second on average, `burst` at once. A batch is taken whole: a bucket may fall below zero."""

    rate: float
    burst: float
    seconds: Callable[[], float] = monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, account_id: str) -> float:
        """Seconds until this account may send again; 0: now."""
        return max(0.0, -self._level(account_id)[0] / self.rate)

    def take(self, account_id: str, events: int) -> None:
        level, now = self._level(account_id)
        self._buckets[account_id] = level - events, now

    def _level(self, account_id: str) -> tuple[float, float]:
        now = self.seconds()
        level, then = self._buckets.get(account_id, (self.burst, now))
        return min(self.burst, level + (now - then) * self.rate), now
