"""Which dead letters are meant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from trunkline.clock import HOUR_MS
from trunkline.collector.replay.trial import type_of
from trunkline.segments.layout import LETTERS, hour_of_key
from trunkline.segments.letters import DeadLetter
from trunkline.segments.manifest import Manifest
from trunkline.segments.replays import letter_segments
from trunkline.store import Store


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Empty: any. The times of receipt `[start, end)` in epoch milliseconds."""

    reasons: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    start: int = 0
    end: int = 2**63
    settled: Mapping[str, int] = field(default_factory=dict)
    """Who may still write the letters of an hour anew, and up to which hour (epoch ms) that is over: those after it wait."""

    def segments(self, store: Store) -> list[Manifest]:
        """Those that may hold some of them."""
        found = letter_segments(store, self._keys(store))
        return [
            one
            for one in found
            if one.hour + HOUR_MS <= self.settled.get(one.collector, 2**63)
            and (not self.accounts or self.accounts & one.accounts.keys())
        ]

    def has(self, letter: DeadLetter, reason: str) -> bool:
        """`reason`: its newest one."""
        return (
            (not self.reasons or reason in self.reasons)
            and (not self.accounts or letter.account_id in self.accounts)
            and self.start <= letter.received_at < self.end
            and (not self.types or type_of(letter) in self.types)
        )

    def _keys(self, store: Store) -> Iterator[str]:
        # The pipeline files letters under the hour of its run, which is that of their receipt or a later one.
        for key in store.list(LETTERS):
            if hour_of_key(key) + HOUR_MS > self.start:
                yield key
