"""Names of segments and what stands beside them (docs/formats/segments.md)."""

import re
from datetime import UTC, datetime

from trunkline.clock import hour_of

EVENTS = "segments"
LETTERS = "deadletter"
REGISTRATIONS = "collectors"
REPLAYS = "replay-"
"""How the names of those begin that write segments of replayed events."""
_CLOSED = ".closed.json"

_COLLECTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_collector(collector: str) -> str:
    """Raises `ValueError` for an id that would not make a file name."""
    if not _COLLECTOR.fullmatch(collector):
        raise ValueError(f"collector id {collector!r}: expected 1 to 64 letters, digits, _ and -")
    return collector


def hour_name(instant: int) -> str:
    """The UTC hour that holds an instant (epoch ms): `2026-11-21T08`."""
    return datetime.fromtimestamp(hour_of(instant) // 1000, UTC).strftime("%Y-%m-%dT%H")


def hour_of_key(key: str) -> int:
    """The hour (epoch ms) in the key of a segment, or of what stands beside it."""
    named = datetime.strptime(key.split("/")[1], "%Y-%m-%dT%H").replace(tzinfo=UTC)
    return int(named.timestamp()) * 1000


def segment_key(prefix: str, hour: int, collector: str, opened: int) -> str:
    return f"{prefix}/{hour_name(hour)}/{collector}.{opened}.ndjson"


def manifest_key(segment: str) -> str:
    return f"{segment.removesuffix('.ndjson')}.json"


def retried_key(letters: str) -> str:
    """What stands beside a segment of dead letters of which some were replayed, or refused again."""
    return f"{letters.removesuffix('.ndjson')}.retried"


def events_key(manifest: str) -> str:
    return f"{manifest.removesuffix('.json')}.ndjson"


def marker_key(hour: int, collector: str) -> str:
    return f"{EVENTS}/{hour_name(hour)}/{collector}{_CLOSED}"


def is_marker(key: str) -> bool:
    return key.endswith(_CLOSED)


def registration_key(collector: str) -> str:
    return f"{REGISTRATIONS}/{collector}.json"


def open_name(segment: str) -> str:
    """The name, in the collector's own folder, of a segment that is not in the store yet."""
    return segment.replace("/", ".", 2)


def segment_of(name: str) -> str:
    """The key of the segment whose open name this is."""
    return name.replace(".", "/", 2)
