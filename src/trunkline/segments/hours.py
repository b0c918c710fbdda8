"""A collector's promise about hours: its registration, and the markers of the hours that it has closed."""

import msgspec

from trunkline.clock import HOUR_MS, hour_of
from trunkline.segments import layout
from trunkline.segments.manifest import Marker, Registration
from trunkline.store import Store


class Hours:
    """Joins, closes hours, leaves. Times are epoch milliseconds."""

    def __init__(self, store: Store, collector: str) -> None:
        self._store = store
        self._key = layout.registration_key(layout.check_collector(collector))
        self._collector = collector
        self._registration = Registration(collector=collector, since=0, until=0, closed=0)

    @property
    def closed(self) -> int:
        """Nothing may be received before this instant any more."""
        return self._registration.closed

    def join(self, now: int) -> None:
        """Register. One that was killed is still registered, and owes the markers since then."""
        before = self._read()
        if before is not None and before.until is None:
            self._registration = msgspec.structs.replace(before, closed=self._first_open(before.closed))
            return
        floor = self._first_open(before.closed) if before is not None else 0
        self._write(Registration(collector=self._collector, since=now, closed=max(floor, hour_of(now))))

    def close_until(self, instant: int) -> list[int]:
        """Close every hour that ended by `instant`; its segments must be sealed. Returns the hours closed."""
        hours = list(range(self.closed, hour_of(instant), HOUR_MS))
        for hour in hours:
            marker = Marker(collector=self._collector, hour=hour, segments=self._segments(hour))
            self._store.write(layout.marker_key(hour, self._collector), msgspec.json.encode(marker))
        if hours:
            self._write(msgspec.structs.replace(self._registration, closed=hours[-1] + HOUR_MS))
        return hours

    def leave(self, now: int) -> None:
        """Nobody waits for this collector from now on."""
        self._write(msgspec.structs.replace(self._registration, until=now))

    def _first_open(self, closed: int) -> int:
        """Markers are written before the registration that counts them: after a crash it may lag behind."""
        while self._store.exists(layout.marker_key(closed, self._collector)):
            closed += HOUR_MS
        return closed

    def _segments(self, hour: int) -> list[str]:
        """By their manifests: in the outbox of a remote store the events may be gone already."""
        folder = f"{layout.EVENTS}/{layout.hour_name(hour)}"
        own = f"{folder}/{self._collector}."
        manifests = (key for key in self._store.list(folder) if key.startswith(own) and key.endswith(".json"))
        return [layout.events_key(key) for key in manifests if not layout.is_marker(key)]

    def _read(self) -> Registration | None:
        try:
            return msgspec.json.decode(self._store.read(self._key), type=Registration)
        except FileNotFoundError:
            return None

    def _write(self, registration: Registration) -> None:
        self._store.write(self._key, msgspec.json.encode(registration))
        self._registration = registration
