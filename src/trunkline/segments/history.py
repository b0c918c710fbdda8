"""Back-fill: the segments that a collector would have written, had it been there."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from trunkline.events.envelope import Event
from trunkline.segments.manifest import tally
from trunkline.segments.recorder import SEGMENT_BYTES, Recorder
from trunkline.store import Store

_ENCODER = msgspec.json.Encoder()


class History:
    """Writes events of the past as a collector of its own, with its hours, markers and registration.

    `collector` must be an id that no running collector has. `since` and the `received_at` of each call are epoch
    milliseconds and never decrease; `end` closes all hours before it. Fewer, larger calls are quicker: each is one sync.
    """

    def __init__(
        self, store: Store, folder: Path, collector: str, since: int, *, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._recorder = Recorder(store, folder, collector, segment_bytes=segment_bytes)
        self._now = self._recorder.start(since)
        if self._now != since:
            raise ValueError(f"{collector} has already closed the hours before {self._now}")

    def add(self, received_at: int, account_id: str, events: Sequence[Event]) -> None:
        """Record events (at least one) of an account as received at one moment; durable when this returns."""
        if received_at < self._now:
            raise ValueError(f"received at {received_at}, after {self._now}")
        for event in events:
            event.account_id = account_id
            event.received_at = received_at
        self._now = received_at
        self._recorder.append(
            received_at, _ENCODER.encode_lines(events), tally(account_id, events, received_at)
        )

    def end(self, now: int) -> None:
        """Seal, close every hour that ended by `now`, deregister."""
        self._recorder.stop(now)
