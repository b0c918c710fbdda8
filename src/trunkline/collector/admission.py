"""Whether the collector takes anything from an account now, and what a request has cost it."""

from dataclasses import dataclass
from math import ceil

from trunkline.collector.disk import DiskReserve
from trunkline.collector.journal import Journal
from trunkline.collector.quota import Quota
from trunkline.collector.refusal import RequestRefused

MOST_WAITING_BYTES = 128 * 2**20
"""Bytes that may wait for the disk; above, 503."""
REFUSED_COST = 10
"""What is refused costs about ten times the work of what is taken, and leaves a dead letter."""


@dataclass(frozen=True)
class Admission:
    quota: Quota
    reserve: DiskReserve
    journal: Journal
    most_waiting_bytes: int

    def check(self, account_id: str) -> None:
        """To be asked before a body is read, and again after: many may have passed together, each for itself."""
        if wait := self.quota.wait(account_id):
            message = "the account sends more events than it may"
            raise RequestRefused(429, "quota_exceeded", message, retry_after=ceil(wait))
        if self.reserve.low:
            raise RequestRefused(507, "disk_full", "the collector's disk is nearly full", retry_after=60)
        if self.journal.waiting_bytes > self.most_waiting_bytes:
            raise RequestRefused(503, "busy", "too much waits for the disk; try again", retry_after=1)

    def charge(self, account_id: str, accepted: int, refused: int, body_bytes: int) -> None:
        """For a body that was understood."""
        self.quota.take(account_id, max(accepted + REFUSED_COST * refused, _kibibytes(body_bytes)))

    def charge_refused(self, account_id: str, body_bytes: int) -> None:
        """For a body of which nothing was understood: by its length once inflated."""
        self.quota.take(account_id, REFUSED_COST * _kibibytes(body_bytes))


def _kibibytes(count: int) -> int:
    return 1 + count // 2**10
