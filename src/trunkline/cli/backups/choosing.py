"""The rules of a backup: what of a data folder and of a store is taken, and in which order."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import PurePosixPath

from trunkline.segments.layout import EVENTS, LETTERS, REGISTRATIONS, is_marker, segment_of
from trunkline.settings import Settings

DATABASE_FILES = ("record.sqlite3", "catalogue.sqlite3")
_OF_ITS_OWN = {
    "store",
    *DATABASE_FILES,
    *(f"{name}-{end}" for name in DATABASE_FILES for end in ("wal", "shm")),
}
"""Taken in another way than by copying."""
_MADE_AGAIN = {"cache", "log", "pipeline", "replay", "running.pid"}
_SECRET = {"secrets", "ca", "keys"}
NOT_BY_NAME = {"check", "compact", "files"}
"""Folders of the store: made again, or copied as the rows of the catalogue have them."""

STAGES, EVENTS_STAGE = 5, 3
"""What names others is copied before those are looked for: a registration before the markers that it counts, a marker before
the manifests of its segments, a manifest before its events."""


def is_taken(path: PurePosixPath, *, secrets: bool) -> bool:
    """Whether a file is copied that has this path below the data folder. What is not known here is."""
    first = path.parts[0]
    if path.name.startswith(".") or first in _OF_ITS_OWN | _MADE_AGAIN:
        return False
    if first == "collector":
        return is_collected(path)
    return secrets or not (first in _SECRET or path.suffix == ".key")


def is_collected(path: PurePosixPath) -> bool:
    """Whether a file holds what a collector has acknowledged and the store does not have yet."""
    return len(path.parts) > 3 and path.parts[0] == "collector" and path.parts[2] in ("open", "sealed")


def open_segment(path: PurePosixPath) -> str | None:
    """The key of the segment that is being written to this file, or whose manifest waits in it; None for any other file."""
    if path.parts[0] != "collector" or path.parts[2] != "open" or path.suffix not in (".ndjson", ".json"):
        return None
    return segment_of(f"{path.stem}.ndjson")


def stage_of(key: str) -> int:
    """In which stage an object of the store is copied."""
    first = key.split("/")[0]
    if first == REGISTRATIONS:
        return 0
    if first in (EVENTS, LETTERS) and key.endswith(".json"):
        return 1 if is_marker(key) else 2
    return EVENTS_STAGE if first in (EVENTS, LETTERS) and key.endswith(".ndjson") else 4


def without_secrets(lines: Iterable[str]) -> list[str]:
    """The lines of a trunkline.env that hold no secret; those that name the file of one do not."""
    secret = {one.metadata["variable"] for one in fields(Settings) if one.metadata["secret"]}
    return [line for line in lines if line.partition("=")[0].strip() not in secret]
