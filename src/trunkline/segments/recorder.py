"""Everything that one collector writes: its events, its dead letters, its hours."""

import os
from collections.abc import Sequence
from pathlib import Path

from trunkline.clock import hour_of
from trunkline.segments import layout
from trunkline.segments.hours import Hours
from trunkline.segments.letters import MOST_BODY_BYTES, DeadLetter, encode, tally_letters, torn_letter
from trunkline.segments.log import SegmentLog
from trunkline.segments.manifest import Tally
from trunkline.segments.recovery import cut, scan, tail
from trunkline.segments.seal import describe, finish, interrupted, seal
from trunkline.segments.writer import Sync
from trunkline.store import Store, make_folder

SEGMENT_BYTES = 128 * 2**20


class Recorder:
    """Not for several threads. Instants are epoch milliseconds and never decrease from call to call.

    Every method may raise `OSError`; the recorder may then only be abandoned.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        collector: str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        sync: Sync = os.fdatasync,
    ) -> None:
        self.collector = layout.check_collector(collector)
        self._store = store
        self._folder = folder / "open"
        self._hours = Hours(store, collector)
        self._events = SegmentLog(store, self._folder, collector, layout.EVENTS, segment_bytes, sync)
        self._letters = SegmentLog(store, self._folder, collector, layout.LETTERS, segment_bytes, sync)

    def start(self, now: int) -> int:
        """Recover, register, close the hours that passed. Returns the earliest instant that may be received."""
        make_folder(self._folder)
        self._hours.join(now)
        now = max(now, self._hours.closed)
        self._recover(now)
        self._hours.close_until(now)
        return now

    def append(self, received_at: int, lines: bytes, tally: Tally) -> None:
        """Make encoded events durable that were received in the hour of `received_at`."""
        self.advance(received_at)
        self._events.append(received_at, lines, tally)

    def refuse(self, received_at: int, letters: Sequence[DeadLetter]) -> None:
        """Make dead letters (at least one) durable."""
        self.advance(received_at)
        self._letters.append(received_at, encode(letters), tally_letters(letters, received_at))

    def advance(self, now: int) -> list[int]:
        """Close every hour that has ended, also without events. Returns the hours closed."""
        if self._hours.closed >= hour_of(now):
            return []
        self._seal(now)
        return self._hours.close_until(now)

    def stop(self, now: int) -> None:
        """The orderly end: everything sealed, nobody waits any more."""
        self.advance(now)
        self._seal(now)
        self._hours.leave(now)

    def abandon(self) -> None:
        """The end after a failure: what is open stays for the next start."""
        self._events.abandon()
        self._letters.abandon()

    def _seal(self, now: int) -> None:
        self._events.seal(now)
        self._letters.seal(now)

    def _recover(self, now: int) -> None:
        for segment in interrupted(self._folder):
            finish(self._store, self._folder, segment)
        for path in sorted(self._folder.glob("*.ndjson")):
            self._recover_segment(path, now)

    def _recover_segment(self, path: Path, now: int) -> None:
        found = scan(path)
        if found.torn:
            # Before the cut: a crash in between leaves the letter twice, never the bytes lost.
            torn = tail(path, found.whole, MOST_BODY_BYTES + 1)
            letters = [torn_letter(torn, now)]
            self._letters.append(now, encode(letters), tally_letters(letters, now))
            cut(path, found.whole)
        if not found.whole:
            path.unlink()
            return
        manifest = describe(
            layout.segment_of(path.name),
            self.collector,
            hour_of(found.tally.first_received_at),
            found.whole,
            found.sha256,
            found.tally,
            sealed_at=now,
            recovered=True,
        )
        seal(self._store, self._folder, manifest)
