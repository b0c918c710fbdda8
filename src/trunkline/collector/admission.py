"""Whether the collector takes anything from a sender now, and what a request has cost it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from trunkline.collector.disk import DiskReserve
from trunkline.collector.journal import Journal
from trunkline.collector.quota import Quota
from trunkline.collector.refusal import RequestRefused
from trunkline.collector.sender import Sender, neighbourhood

MOST_WAITING_BYTES = 128 * 2**20
"""Bytes that may wait for the disk; above, 503."""
REFUSED_COST = 10
"""What is refused costs about ten times the work of what is taken, and leaves a dead letter."""
MOST_ADDRESSES = 2**16
"""Buckets of client addresses: some megabytes, however many addresses there are."""


@dataclass(frozen=True)
class Quotas:
    """What each may send: an account in all, and of what browsers send each key and each client address."""

    accounts: Quota
    keys: Quota
    addresses: Quota

    @classmethod
    def at(cls, accounts: float, keys: float, addresses: float) -> "Quotas":
        """By events a second on average; twenty times as many at once."""
        return cls(
            Quota(accounts, 20 * accounts),
            Quota(keys, 20 * keys),
            Quota(addresses, 20 * addresses, most=MOST_ADDRESSES),
        )

    def of(self, sender: Sender) -> Iterator[tuple[str, Quota, str]]:
        """Whose quotas a sender draws on: what it is called, the quota, the subject."""
        yield "account", self.accounts, sender.key.account_id
        if sender.browser is not None:
            yield "key", self.keys, sender.key.key_id
            yield "address", self.addresses, neighbourhood(sender.browser.address)


@dataclass(frozen=True)
class Admission:
    quotas: Quotas
    reserve: DiskReserve
    journal: Journal
    most_waiting_bytes: int

    def check(self, sender: Sender) -> None:
        """To be asked before a body is read, and again after: many may have passed together, each for itself."""
        for name, quota, subject in self.quotas.of(sender):
            if wait := quota.wait(subject):
                reason = "quota_exceeded" if name == "account" else f"{name}_quota_exceeded"
                message = f"this {name} sends more events than it may"
                raise RequestRefused(429, reason, message, retry_after=ceil(wait))
        if self.reserve.low:
            raise RequestRefused(507, "disk_full", "the collector's disk is nearly full", retry_after=60)
        if self.journal.waiting_bytes > self.most_waiting_bytes:
            raise RequestRefused(503, "busy", "too much waits for the disk; try again", retry_after=1)

    def charge(self, sender: Sender, accepted: int, refused: int, body_bytes: int) -> None:
        """For a body that was understood."""
        self._take(sender, max(accepted + REFUSED_COST * refused, _kibibytes(body_bytes)))

    def charge_refused(self, sender: Sender, body_bytes: int) -> None:
        """For a body of which nothing was understood: by its length once inflated."""
        self._take(sender, REFUSED_COST * _kibibytes(body_bytes))

    def _take(self, sender: Sender, events: int) -> None:
        for _, quota, subject in self.quotas.of(sender):
            quota.take(subject, events)


def _kibibytes(count: int) -> int:
    return 1 + count // 2**10
