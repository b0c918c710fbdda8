"""How many events a sender may send: a token bucket each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Quota:
    """`rate` events a second on average, `burst` at once. A batch is taken whole: a bucket may fall below zero."""

    rate: float
    burst: float
    seconds: Callable[[], float] = monotonic
    most: int | None = None
    """Of buckets, where subjects are chosen by whoever sends: some then share one. Which, nobody outside can know: Python's
    hash of a text is another one in each process."""
    _buckets: dict[str | int, tuple[float, float]] = field(default_factory=dict)

    def wait(self, subject: str) -> float:
        """Seconds until this subject may send again; 0: now."""
        return max(0.0, -self._level(self._bucket(subject))[0] / self.rate)

    def take(self, subject: str, events: int) -> None:
        bucket = self._bucket(subject)
        level, now = self._level(bucket)
        self._buckets[bucket] = level - events, now

    def _bucket(self, subject: str) -> str | int:
        return subject if self.most is None else hash(subject) % self.most

    def _level(self, bucket: str | int) -> tuple[float, float]:
        now = self.seconds()
        level, then = self._buckets.get(bucket, (self.burst, now))
        return min(self.burst, level + (now - then) * self.rate), now
