"""Sealing: a finished segment moves from the collector's folder into the store, where readers see it.

Steps, each durable before the next: the manifest beside the open segment, the events into the store, the manifest into
the store. A crash leaves a segment that nobody sees; `finish` takes up the move wherever it stopped.
"""

from pathlib import Path

import msgspec
from msgspec import UNSET

from trunkline.segments.layout import manifest_key, open_name, segment_of
from trunkline.segments.manifest import Manifest, Tally
from trunkline.store import LocalStore, Store


def seal(store: Store, folder: Path, manifest: Manifest) -> None:
    """Move a segment whose events are synced; it is not written again."""
    LocalStore(folder).write(_local_manifest(manifest.segment), msgspec.json.encode(manifest))
    finish(store, folder, manifest.segment)


def finish(store: Store, folder: Path, segment: str) -> None:
    """Do what is left of a move that has its local manifest."""
    events, manifest = folder / open_name(segment), folder / _local_manifest(segment)
    if events.exists():
        store.adopt(events, segment)
    store.write(manifest_key(segment), manifest.read_bytes())
    manifest.unlink()


def interrupted(folder: Path) -> list[str]:
    """The segments whose move was begun and not finished."""
    return sorted(segment_of(f"{path.stem}.ndjson") for path in folder.glob("*.json"))


def describe(
    segment: str,
    collector: str,
    hour: int,
    size: int,
    sha256: str,
    tally: Tally,
    *,
    sealed_at: int,
    recovered: bool,
) -> Manifest:
    """The manifest of a segment that holds at least one event."""
    return Manifest(
        segment=segment,
        collector=collector,
        hour=hour,
        events=tally.events,
        bytes=size,
        sha256=sha256,
        accounts=dict(tally.accounts),
        types=dict(tally.types),
        min_timestamp=tally.min_timestamp,
        max_timestamp=tally.max_timestamp,
        first_received_at=tally.first_received_at,
        last_received_at=tally.last_received_at,
        sealed_at=sealed_at,
        recovered=recovered,
        reasons={account: dict(counts) for account, counts in tally.reasons.items()} or UNSET,
    )


def _local_manifest(segment: str) -> str:
    return manifest_key(open_name(segment))
