"""The segments that one collector writes under one prefix, one open at a time."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from trunkline.clock import hour_of
from trunkline.segments.layout import manifest_key, open_name, segment_key
from trunkline.segments.manifest import Tally
from trunkline.segments.seal import describe, seal
from trunkline.segments.writer import SegmentWriter, Sync
from trunkline.store import Store


@dataclass
class SegmentLog:
    """Appends groups to the segment of their received hour; seals by hour and by size."""

    store: Store
    folder: Path
    """Where open segments lie: a local disk."""
    collector: str
    prefix: str
    segment_bytes: int
    sync: Sync = os.fdatasync
    _writer: SegmentWriter | None = field(default=None, init=False)
    _opened: int = field(default=0, init=False)

    def append(self, received_at: int, lines: bytes, tally: Tally) -> None:
        """Make one group durable. All its lines were received in the hour of `received_at`, which never decreases."""
        if self._writer is not None and self._writer.hour != hour_of(received_at):
            self.seal(received_at)
        if self._writer is None:
            self._writer = self._open(received_at)
        self._writer.append(lines, tally)
        if self._writer.bytes >= self.segment_bytes:
            self.seal(received_at)

    def seal(self, instant: int) -> str | None:
        """Close the open segment and hand it to readers; returns its key, None where nothing was open."""
        writer, self._writer = self._writer, None
        if writer is None:
            return None
        writer.close()
        manifest = describe(
            writer.key,
            self.collector,
            writer.hour,
            writer.bytes,
            writer.digest.hexdigest(),
            writer.tally,
            sealed_at=instant,
            recovered=False,
        )
        seal(self.store, self.folder, manifest)
        return writer.key

    def abandon(self) -> None:
        """Leave the open segment as it is, for recovery; nothing more is written."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _open(self, received_at: int) -> SegmentWriter:
        hour = hour_of(received_at)
        self._opened = max(self._opened + 1, received_at)
        # A clock that was set back before a restart must not lead to a name that is taken.
        while self._taken(key := segment_key(self.prefix, hour, self.collector, self._opened)):
            self._opened += 1
        return SegmentWriter(self.folder, key, hour, self.sync)

    def _taken(self, key: str) -> bool:
        sealed = self.store.exists(key) or self.store.exists(manifest_key(key))
        return sealed or (self.folder / open_name(key)).exists()
