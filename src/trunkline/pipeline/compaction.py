"""Compaction: a segment becomes a Parquet file of the events of one data type, sorted by account, actor, time and id.

Its content depends on the segment alone: it may be deleted and is made again where it is missing.
"""

import os
import threading
from pathlib import Path

import msgspec
import polars as pl

from trunkline.events import types_of
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.segments.layout import manifest_key
from trunkline.segments.manifest import Manifest
from trunkline.segments.recovery import next_group
from trunkline.store import Store

ROW_GROUP = 16_384
"""Small, so that a bucket which reads a slice of the file decodes little beside it."""


class DamagedSegment(Exception):
    """A segment is not what its manifest says; the text names it and, where known, the line."""


def sorted_by(kind: Kind) -> list[str]:
    return [*kind.key, "timestamp", "eventId"]


def compact_key(segment: str, kind: str) -> str:
    _, hour, name = segment.split("/")
    return f"compact/{kind}/{hour}/{name.removesuffix('.ndjson')}.parquet"


def compacted(store: Store, segment: str, kind: Kind, work: Path) -> Path:
    """A local path of the compacted segment, made if it is not there. Raises `DamagedSegment`."""
    key = compact_key(segment, kind.name)
    if not store.exists(key):
        temporary = work / key.replace("/", "~")
        with store.holding() as held:
            write_parquet(_read(held, segment, kind), temporary)
        store.adopt(temporary, key)
    return store.local(key)


def manifest_of(store: Store, segment: str) -> Manifest:
    """Raises `DamagedSegment` where there is none."""
    try:
        return msgspec.json.decode(store.read(manifest_key(segment)), type=Manifest)
    except FileNotFoundError:
        raise DamagedSegment(f"{segment}: it was read by a published run and is not in the store") from None


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Synced, with the options that all files of the pipeline share."""
    with path.open("wb") as file:
        frame.write_parquet(file, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        file.flush()
        os.fsync(file.fileno())


def _read(store: Store, segment: str, kind: Kind) -> pl.DataFrame:
    manifest = manifest_of(store, segment)
    if not any(name.startswith(kind.prefixes) for name in manifest.types):
        return pl.DataFrame(schema=dict(kind.columns))
    path = store.local(segment)
    check = _Check(path, manifest)
    check.start()
    try:
        events = kind.decoded(_lines(path, kind)).filter(pl.col("type").is_in(types_of(kind.name)))
        found = events.collect(engine="streaming")
    except pl.exceptions.PolarsError as error:
        raise DamagedSegment(_first_bad_line(path, segment) or f"{segment}: {error}") from error
    finally:
        check.join()
    if not check.passed:
        raise DamagedSegment(
            _first_bad_line(path, segment) or f"{segment}: a group's checksum or the length is wrong"
        )
    return found.sort(sorted_by(kind))


def _lines(path: Path, kind: Kind) -> pl.LazyFrame:
    """The lines that are of this kind; only these are parsed. Inside of a JSON text a quote would have a backslash."""
    types = [f'"type":"{prefix}' for prefix in kind.prefixes]
    return pl.scan_lines(path, name="line").filter(pl.col("line").str.contains_any(types))


class _Check(threading.Thread):
    """Looks, while a segment is parsed, whether all of it is there and undamaged."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        super().__init__()
        self._path, self._manifest = path, manifest
        self.passed = False

    def run(self) -> None:
        number, size = 0, 0
        with self._path.open("rb") as file:
            while group := next_group(file, number):
                number += 1
                size += sum(map(len, group))
            self.passed = size == self._manifest.bytes == os.fstat(file.fileno()).st_size


def _first_bad_line(path: Path, segment: str) -> str | None:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                msgspec.json.decode(line)
            except msgspec.DecodeError as error:
                return f"{segment}: line {number} is not JSON ({error})"
            if not line.endswith(b"\n"):
                return f"{segment}: line {number} is torn"
    return None
