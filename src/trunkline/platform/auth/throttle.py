"""Counting guesses: each is counted before it is evaluated, and forgiven if it was right."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from trunkline.clock import DAY_MS, HOUR_MS, REAL, Clock
from trunkline.platform.accounts.models import Account
from trunkline.platform.auth.limits import Bucket, wait
from trunkline.platform.auth.models import Guess, KnownPlace
from trunkline.platform.refusals import TooMany

PLACES_KEPT = 20
"""Of a user: the oldest make room."""


@dataclass(frozen=True)
class Counted:
    """A guess that may be evaluated."""

    attempt: str

    def was_right(self) -> None:
        Guess.objects.filter(attempt=self.attempt).delete()


def count(account_id: str, buckets: Sequence[Bucket], clock: Clock = REAL) -> Counted:
    """Count one guess. Raises `TooMany` where no more are evaluated at present; such a one is not counted."""
    now, attempt = clock.now(), secrets.token_hex(16)
    with transaction.atomic():
        # One after the other, or many at once would all find room. What refers to the account goes on meanwhile.
        Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
        left = wait(buckets, _times(buckets, now), now)
        if left:
            raise TooMany(
                "Too many tries; no more are looked at for a while.",
                retry_after=-(-left // 1000),
                reason="too_many_tries",
            )
        Guess.objects.filter(time__lt=now - 2 * HOUR_MS).delete()
        Guess.objects.bulk_create(
            Guess(account_id=account_id[:20], bucket=bucket.key, attempt=attempt, time=now)
            for bucket in buckets
        )
    return Counted(attempt)


def is_known(account_id: str, number: int, network: str) -> bool:
    """True if the user has logged in from there."""
    return KnownPlace.objects.filter(account_id=account_id, number=number, network=network).exists()


def remember(account_id: str, number: int, network: str) -> None:
    """The user has logged in from there."""
    if not network:
        return
    today = REAL.now() - REAL.now() % DAY_MS
    KnownPlace.objects.update_or_create(
        account_id=account_id, number=number, network=network, defaults={"last": today}
    )
    places = KnownPlace.objects.filter(account_id=account_id, number=number).order_by("-last", "-id")
    KnownPlace.objects.filter(id__in=[place.id for place in places[PLACES_KEPT:]]).delete()


def _times(buckets: Sequence[Bucket], now: int) -> dict[str, list[int]]:
    since = now - max(bucket.window for bucket in buckets)
    rows = Guess.objects.filter(bucket__in=[bucket.key for bucket in buckets], time__gt=since)
    times: dict[str, list[int]] = defaultdict(list)
    for bucket, time in rows.values_list("bucket", "time"):
        times[bucket].append(time)
    return times
