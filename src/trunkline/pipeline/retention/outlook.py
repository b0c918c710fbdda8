"""Looking: what is past its time at this moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import RetainingCatalogue, longest_reach
from trunkline.pipeline.compaction import manifest_of
from trunkline.pipeline.plan import segments
from trunkline.pipeline.retention.needs import Awaited, Keep, expires_until, forgets_until, letters_until
from trunkline.segments.layout import LETTERS, hour_of_key
from trunkline.segments.reader import registered
from trunkline.store import Store


@dataclass(frozen=True)
class Surroundings:
    """What is in the store, whichever kind reads it."""

    sealed: Sequence[str]
    """Keys of the sealed segments."""
    closed: Sequence[int]
    """Of each collector that runs, the end of the hours that it has closed."""
    letters_until: int
    """Dead letters of hours that ended by then (epoch ms) are past their time."""
    oldest_letter: int | None
    """Start of the oldest hour of which dead letters stay."""


@dataclass(frozen=True)
class Outlook:
    """Of one kind, up to when everything may go, epoch ms; 0: nothing."""

    expires: int
    """The files of the runs that ended by then."""
    forgets: int
    """The runs that ended by then, with their segments."""


def surroundings(
    store: Store, catalogue: RetainingCatalogue, kinds: Iterable[str], now: int, keep: Keep
) -> Surroundings:
    until = letters_until([catalogue.past(kind) for kind in kinds], now, keep)
    staying = (hour for hour in map(hour_of_key, store.list(LETTERS)) if hour + HOUR_MS > until)
    closed = [one.closed for one in registered(store) if one.until is None]
    return Surroundings(list(segments(store)), closed, until, min(staying, default=None))


def outlook(
    store: Store, catalogue: RetainingCatalogue, kind: str, around: Surroundings, now: int, keep: Keep
) -> Outlook:
    past = catalogue.past(kind)
    unread = set(around.sealed) - catalogue.consumed(kind, around.sealed)
    awaited = Awaited(
        collectors=around.closed,
        letters=around.oldest_letter,
        unread=min((manifest_of(store, key).min_timestamp for key in unread), default=None),
    )
    longest = longest_reach(catalogue.rules(kind).values())
    return Outlook(expires_until(past, now, keep), forgets_until(past, awaited, longest, now, keep))
