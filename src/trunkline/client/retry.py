"""When to ask again, as the platform's published retry policy has it.

4xx: never, the request is wrong. 429: after at least a second, or as long as the server says. 5xx: after 5, 10 and 15
seconds, then after 2, 4, 8 … minutes. A connection that fails counts like a 5xx. A whole call waits no longer than its
policy's patience.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST_WAITS = (5.0, 10.0, 15.0)
LONG_WAIT = 120.0
RATE_LIMIT_WAIT = 1.0


@dataclass(frozen=True)
class RetryPolicy:
    """How patient a client is."""

    patience: float = 60.0
    """Seconds that one call may spend waiting, in all; 0: never ask twice."""
    sleep: Callable[[float], None] = time.sleep


def decide(
    attempt: int, status: int | None, *, retry_after: float | None = None, patience: float = 60.0
) -> float | None:
    """Seconds to wait before asking again, or None to give up.

    `attempt` counts the requests that failed, this one included; `status` is None where no answer came; `patience` is
    what is left of it, in seconds.
    """
    if status == 429:
        wait = max(RATE_LIMIT_WAIT * 2 ** (attempt - 1), retry_after or 0.0)
    elif status is None or status >= 500:
        wait = max(_published_wait(attempt), retry_after or 0.0)
    else:
        return None
    return wait if wait <= patience else None


def _published_wait(attempt: int) -> float:
    if attempt <= len(FIRST_WAITS):
        return FIRST_WAITS[attempt - 1]
    return float(LONG_WAIT * 2 ** (attempt - len(FIRST_WAITS) - 1))
