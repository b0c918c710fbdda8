"""How many guesses are evaluated. Pure: from the times of earlier guesses to whether one more is.

Guesses from places where the user has logged in before are counted apart from those of strangers, so that strangers who use up
theirs do not keep the true user out. Every limit holds in any hour (or quarter of an hour), not from one full hour to the next.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trunkline.clock import HOUR_MS, MINUTE_MS


@dataclass(frozen=True)
class Bucket:
    """Guesses that are counted together."""

    key: str
    most: int
    window: int = HOUR_MS


def password_buckets(account_id: str, user: str, network: str, place: str, *, exists: bool) -> list[Bucket]:
    """In what one guess at a password is counted.

    `user` is the log-in name as it is compared, `place` the known device or address from which it comes, empty for
    a stranger, `exists` whether there is such an account.
    """
    if place:
        return [
            Bucket(_key("user at place", account_id, user, place), 10),
            Bucket(_key("place", account_id, place), 100),
        ]
    buckets = [
        Bucket(_key("user", account_id, user), 10),
        Bucket(_key("address", network), 30),
        Bucket(_key("account", account_id), 100),
    ]
    # Whoever invents account ids shall not fill the disk with them.
    return buckets if exists else [*buckets, Bucket(_key("no account"), 10_000)]


def code_buckets(account_id: str, number: int) -> list[Bucket]:
    """In what one guess at a code of the second factor is counted."""
    return [Bucket(_key("code", account_id, str(number)), 5, 15 * MINUTE_MS)]


def wait(buckets: Iterable[Bucket], guesses: Mapping[str, Iterable[int]], now: int) -> int:
    """Milliseconds until one more guess may be evaluated; 0: now. `guesses` are the times of earlier ones by bucket."""
    return max((_wait(bucket, guesses.get(bucket.key, ()), now) for bucket in buckets), default=0)


def _wait(bucket: Bucket, times: Iterable[int], now: int) -> int:
    # A clock that was set back must not free anybody.
    recent = sorted(min(time, now) for time in times if time > now - bucket.window)
    if len(recent) < bucket.most:
        return 0
    return recent[-bucket.most] + bucket.window - now


def _key(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
