"""What a collector has sealed and a remote store does not have yet.

The recorder writes into a local store that is laid out as the remote one. `upload` brings everything over in an order that
readers can trust: events, then their manifest; an hour's marker when all its segments are there; the registration never says
more than what is there. Each step can be repeated: a kill anywhere costs at most that.

A manifest stays here until its hour is closed, since the recorder asks for the hour's segments, and a marker until the
registration here counts it.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from trunkline.clock import HOUR_MS
from trunkline.segments.layout import (
    EVENTS,
    LETTERS,
    events_key,
    hour_of_key,
    is_marker,
    registration_key,
)
from trunkline.segments.manifest import Registration
from trunkline.store import LocalStore, Store


class Outbox:
    """Used by one thread, beside the recorder's."""

    def __init__(self, here: LocalStore, there: Store, collector: str) -> None:
        self._here, self._there = here, there
        self._registration_key = registration_key(collector)
        self._uploaded: set[str] = set()
        """Manifests and markers that are still here."""
        self._shown: Registration | None = None

    def waiting(self) -> list[Path]:
        """The sealed segments that are not in the store yet."""
        keys = (*self._here.list(EVENTS), *self._here.list(LETTERS))
        return [self._here.local(key) for key in keys if key.endswith(".ndjson")]

    def upload(self) -> None:
        """One round: everything that is here when it begins. Raises `OSError`, and can then be called again."""
        # Markers first: the segments of a marked hour are all here, and found by the second look.
        markers = [key for key in self._here.list(EVENTS) if is_marker(key)]
        manifests = [key for key in self._json() if not is_marker(key)]
        self._register(markers, manifests)
        for key in manifests:
            self._upload_segment(key)
        for key in markers:
            self._upload(key)
        self._register(markers, manifests)
        self._forget_closed(markers, manifests)

    def _json(self) -> list[str]:
        keys = (*self._here.list(EVENTS), *self._here.list(LETTERS))
        return [key for key in keys if key.endswith(".json")]

    def _upload_segment(self, manifest: str) -> None:
        events = events_key(manifest)
        if self._here.exists(events):
            self._there.adopt(self._here.local(events), events)
        self._upload(manifest)

    def _upload(self, key: str) -> None:
        if key not in self._uploaded:
            self._there.write(key, self._here.read(key))
            self._uploaded.add(key)

    def _register(self, markers: Sequence[str], manifests: Sequence[str]) -> None:
        registration = self._registration()
        if registration is None:
            return
        left = [key for key in (*markers, *manifests) if key not in self._uploaded]
        shown = to_show(registration, [hour_of_key(key) for key in markers if key in left], complete=not left)
        if shown != self._shown:
            self._there.write(self._registration_key, msgspec.json.encode(shown))
            self._shown = shown

    def _forget_closed(self, markers: Sequence[str], manifests: Sequence[str]) -> None:
        registration = self._registration()
        if registration is None:
            return
        for key in (*manifests, *markers):
            # A marker that the registration does not count yet stays: after a kill its hour must not be closed anew.
            if key in self._uploaded and hour_of_key(key) < registration.closed:
                path = self._here.local(key)
                path.unlink(missing_ok=True)
                self._uploaded.discard(key)
                with suppress(OSError):
                    path.parent.rmdir()

    def _registration(self) -> Registration | None:
        with suppress(FileNotFoundError):
            return msgspec.json.decode(self._here.read(self._registration_key), type=Registration)
        return None


def to_show(registration: Registration, pending: Sequence[int], *, complete: bool) -> Registration:
    """What readers are told while some of it is on its way: `pending` are the hours whose markers are.

    An hour from before this registration is waited for as long as its marker may still come.
    """
    return msgspec.structs.replace(
        registration,
        since=min([registration.since, *(hour for hour in pending if hour + HOUR_MS <= registration.since)]),
        until=registration.until if complete else None,
        closed=min([registration.closed, *pending]),
    )
