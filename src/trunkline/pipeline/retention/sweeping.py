"""What stands beside runs and segments, and is known to be past its time by its name alone."""

from collections.abc import Iterator, Sequence

from trunkline.clock import HOUR_MS
from trunkline.pipeline.carrying import index_key
from trunkline.pipeline.catalogue import RetainingCatalogue
from trunkline.segments.layout import EVENTS, LETTERS, hour_name, hour_of_key, registration_key
from trunkline.segments.reader import registered
from trunkline.store import Store

CLOSED = ".closed.json"


def leftovers(
    store: Store, catalogue: RetainingCatalogue, kinds: Sequence[str], letters: int, collectors: int
) -> Iterator[str]:
    """Store keys. `letters`, `collectors`: what is older than these (epoch ms) is past its time."""
    oldest = {kind: catalogue.kept_from(kind) for kind in kinds}
    for kind, kept_from in oldest.items():
        yield from _carried(store, kind, kept_from or 0)
    if all(kept_from is not None for kept_from in oldest.values()):
        yield from _markers(store, min(kept_from or 0 for kept_from in oldest.values()))
    yield from _letters(store, letters)
    yield from _registrations(store, collectors)


def _carried(store: Store, kind: str, kept_from: int) -> Iterator[str]:
    """States and indexes of runs before the oldest that is kept; it goes on from the last of them, which stays."""
    for folder in (f"state/{kind}", index_key(f"state/{kind}")):
        for key in list(store.list(folder)):
            if key.split("/")[2].rsplit("-", 1)[0] < hour_name(kept_from):
                yield key


def _markers(store: Store, kept_from: int) -> Iterator[str]:
    """Markers of hours that every kind has published, and manifests whose segment is gone."""
    keys = [key for key in store.list(EVENTS) if hour_of_key(key) + HOUR_MS <= kept_from]
    there = set(keys)
    for key in keys:
        if key.endswith(CLOSED) or (
            key.endswith(".json") and f"{key.removesuffix('.json')}.ndjson" not in there
        ):
            yield key


def _letters(store: Store, until: int) -> Iterator[str]:
    # In the order of names a manifest comes before its letters: for readers, both are gone at once.
    for key in list(store.list(LETTERS)):
        if hour_of_key(key) + HOUR_MS <= until:
            yield key


def _registrations(store: Store, until: int) -> Iterator[str]:
    for one in registered(store):
        if max(one.closed, one.until or 0) < until:
            yield registration_key(one.collector)
