"""What is known of a segment without reading it, and of a collector's hours. Times are epoch milliseconds."""

from collections import Counter
from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType, field

from trunkline.clock import HOUR_MS
from trunkline.events.envelope import Event

_NEVER = 2**63
"""Later than any timestamp: where an empty tally begins."""


class Tally(Struct):
    """How many events, of whom, of which types and from when."""

    events: int = 0
    accounts: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    min_timestamp: int = _NEVER
    max_timestamp: int = -_NEVER
    first_received_at: int = _NEVER
    last_received_at: int = -_NEVER
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    """Of dead letters only: by account ("" where none is known) and reason."""

    def add(self, other: "Tally") -> None:
        self.events += other.events
        self.accounts.update(other.accounts)
        self.types.update(other.types)
        self.min_timestamp = min(self.min_timestamp, other.min_timestamp)
        self.max_timestamp = max(self.max_timestamp, other.max_timestamp)
        self.first_received_at = min(self.first_received_at, other.first_received_at)
        self.last_received_at = max(self.last_received_at, other.last_received_at)
        for account, counts in other.reasons.items():
            self.reasons.setdefault(account, Counter()).update(counts)


def tally(account: str, events: Sequence[Event], received_at: int) -> Tally:
    """The tally of some events (at least one) of an account."""
    classes: Counter[type[Event]] = Counter(map(type, events))
    timestamps = [event.timestamp for event in events]
    return Tally(
        events=len(events),
        accounts=Counter({account: len(events)}),
        types=Counter({str(cls.__struct_config__.tag): count for cls, count in classes.items()}),
        min_timestamp=min(timestamps),
        max_timestamp=max(timestamps),
        first_received_at=received_at,
        last_received_at=received_at,
    )


class Manifest(Struct, rename="camel", frozen=True, kw_only=True):
    """A sealed segment."""

    segment: str
    """Its key in the store."""
    collector: str
    hour: int
    events: int
    bytes: int
    sha256: str
    accounts: dict[str, int]
    types: dict[str, int]
    """By event type; in a segment of dead letters by reason."""
    min_timestamp: int
    max_timestamp: int
    first_received_at: int
    last_received_at: int
    sealed_at: int
    recovered: bool = False
    """It was open when its collector died, and was cut at its last whole group."""
    reasons: dict[str, dict[str, int]] | UnsetType = UNSET
    """In a segment of dead letters: by account ("" where none is known) and reason."""
    replayed: dict[str, list[tuple[int, int]]] | UnsetType = UNSET
    """In a segment of replayed events: of which dead letters, by their segment, as first and last line of each range."""


class Marker(Struct, rename="camel", frozen=True, kw_only=True):
    """A collector adds nothing more to this hour; these are its segments."""

    collector: str
    hour: int
    segments: list[str]


class Registration(Struct, rename="camel", frozen=True, kw_only=True):
    """A collector and since when its markers are waited for; `until` is null while it runs."""

    collector: str
    since: int
    until: int | None = None
    closed: int
    """Every hour before this one has its marker."""

    def covers(self, hour: int) -> bool:
        """Is a marker of this collector to be waited for, for the hour that starts at `hour`?"""
        end = hour + HOUR_MS
        return self.since < end and (self.until is None or self.until >= end)
