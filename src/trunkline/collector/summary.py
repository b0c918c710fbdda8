"""What happens too often for a line each: counted, and told in one line now and then."""

from collections import Counter
from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger()
MOST_ENTRIES = 100
OTHERS = "others"


class Summary:
    """At most one line per subject and reason in `seconds`. Of subjects there may be any number, chosen by callers: those
    above `most` are counted together. Reasons come from a closed list."""

    def __init__(
        self,
        event: str,
        subject: str,
        seconds: float,
        *,
        most: int = MOST_ENTRIES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._event = event
        self._subject = subject
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._counts: Counter[tuple[str, str]] = Counter()
        self._due = clock() + seconds

    def add(self, subject: str, reason: str) -> None:
        entry = subject, reason
        if entry not in self._counts and len(self._counts) >= self._most:
            entry = OTHERS, reason
        self._counts[entry] += 1

    def tick(self) -> None:
        """Tell what is due; to be called now and then."""
        if self._clock() >= self._due:
            self.tell()

    def tell(self) -> None:
        """Tell everything and begin anew."""
        counts, self._counts = self._counts, Counter()
        self._due = self._clock() + self._seconds
        for (subject, reason), count in sorted(counts.items()):
            log.warning(self._event, **{self._subject: subject}, reason=reason, count=count)
