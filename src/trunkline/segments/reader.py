"""What readers of segments ask: which are sealed, who has closed an hour, who is waited for."""

from collections.abc import Iterator

import msgspec

from trunkline.clock import HOUR_MS
from trunkline.segments.layout import EVENTS, REGISTRATIONS, hour_name, is_marker
from trunkline.segments.manifest import Manifest, Marker, Registration
from trunkline.store import Store

_MANIFEST = msgspec.json.Decoder(Manifest)
_MARKER = msgspec.json.Decoder(Marker)
_REGISTRATION = msgspec.json.Decoder(Registration)


def sealed(store: Store, first_hour: int, end_hour: int, prefix: str = EVENTS) -> list[Manifest]:
    """The sealed segments of the received hours `[first_hour, end_hour)`, by hour and name."""
    manifests = []
    for hour in range(first_hour, end_hour, HOUR_MS):
        for key in _json(store, f"{prefix}/{hour_name(hour)}"):
            if not is_marker(key):
                manifests.append(_MANIFEST.decode(store.read(key)))
    return manifests


def closed_by(store: Store, hour: int) -> dict[str, Marker]:
    """The markers of one hour, by collector."""
    keys = _json(store, f"{EVENTS}/{hour_name(hour)}")
    markers = [_MARKER.decode(store.read(key)) for key in keys if is_marker(key)]
    return {marker.collector: marker for marker in markers}


def registered(store: Store) -> list[Registration]:
    """Every collector that has ever written to this store."""
    return [_REGISTRATION.decode(store.read(key)) for key in _json(store, REGISTRATIONS)]


def missing(store: Store, hour: int) -> set[str]:
    """The collectors that are registered for this hour and have not closed it."""
    expected = {one.collector for one in registered(store) if one.covers(hour)}
    return expected - closed_by(store, hour).keys()


def _json(store: Store, prefix: str) -> Iterator[str]:
    return (key for key in store.list(prefix) if key.endswith(".json"))
