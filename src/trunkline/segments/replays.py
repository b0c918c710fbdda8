"""Dead letters that became events after all: which, and what is left.

A segment of replayed events names in its manifest the letters that it was made of, so both come to be in one step: sealed,
they are replayed; killed before, they are not. Beside a segment of letters a summary tells what of it still stands; it can be
made again from the two.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from trunkline.clock import hour_of
from trunkline.segments.layout import (
    EVENTS,
    REPLAYS,
    open_name,
    retried_key,
    segment_key,
)
from trunkline.segments.letters import DeadLetter
from trunkline.segments.manifest import Manifest, Tally
from trunkline.segments.seal import describe, finish, interrupted, seal
from trunkline.segments.writer import SegmentWriter
from trunkline.store import Store, make_folder


class DamagedLetters(Exception):
    """A segment of dead letters holds a line that is none; the text names it."""


Ranges = list[tuple[int, int]]
"""First and last of each range of lines, which count from 0."""


class Retried(msgspec.Struct, frozen=True):
    """What stands of a segment of dead letters after replays."""

    standing: dict[str, dict[str, int]]
    """How many, by account and newest reason."""
    reasons: dict[str, Ranges]
    """The newest reason of the lines that have another one than they were filed with."""

    def newest(self) -> dict[int, str]:
        return {line: reason for reason, ranges in self.reasons.items() for line in lines_in(ranges)}


_MANIFEST = msgspec.json.Decoder(Manifest)
_RETRIED = msgspec.json.Decoder(Retried)
_LETTER = msgspec.json.Decoder(DeadLetter)


def ranges_of(lines: Iterable[int]) -> Ranges:
    ranges: Ranges = []
    for line in sorted(lines):
        if ranges and ranges[-1][1] == line - 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    return ranges


def lines_in(ranges: Iterable[tuple[int, int]]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def letters_in(store: Store, segment: str) -> Iterator[tuple[int, DeadLetter]]:
    """The letters of a sealed segment, each with its line. Raises `DamagedLetters`."""
    with store.open(segment) as file:
        for number, line in enumerate(file):
            # The header of a group; the pipeline's own letters have none.
            if not line.startswith(b'{"group":'):
                try:
                    yield number, _LETTER.decode(line)
                except msgspec.DecodeError as error:
                    raise DamagedLetters(f"{segment}: line {number} is no dead letter ({error})") from None


def replayed(store: Store) -> dict[str, set[int]]:
    """The lines that were replayed, by segment of dead letters."""
    found: dict[str, set[int]] = {}
    for key in store.list(EVENTS):
        name = key.rsplit("/", 1)[1]
        if name.startswith(REPLAYS) and name.endswith(".json") and not name.endswith(".closed.json"):
            its = _MANIFEST.decode(store.read(key)).replayed
            for segment, ranges in (its or {}).items():
                found.setdefault(segment, set()).update(lines_in(ranges))
    return found


def read_retried(store: Store, segment: str) -> Retried | None:
    try:
        return _RETRIED.decode(store.read(retried_key(segment)))
    except FileNotFoundError:
        return None


def write_retried(store: Store, segment: str, retried: Retried) -> None:
    store.write(retried_key(segment), msgspec.json.encode(retried))


def recover(store: Store, folder: Path) -> None:
    """End what a replay left that was killed: what was complete is sealed, all else was never replayed."""
    for segment in interrupted(folder):
        finish(store, folder, segment)
    for path in folder.glob("*.ndjson"):
        path.unlink()


def write_replay(
    store: Store,
    folder: Path,
    name: str,
    received_at: int,
    lines: bytes,
    tally: Tally,
    letters: Mapping[str, Iterable[int]],
) -> str:
    """Seal the events `lines`, made of the lines of `letters` (by segment), as received at this moment; returns the key.

    Nobody waits for the hours of `name`, which begins with `REPLAYS`: what is sealed after an hour was published belongs to
    the next run.
    """
    make_folder(folder)
    hour, opened = hour_of(received_at), received_at
    while store.exists(key := segment_key(EVENTS, hour, name, opened)) or (folder / open_name(key)).exists():
        opened += 1
    writer = SegmentWriter(folder, key, hour)
    writer.append(lines, tally)
    writer.close()
    manifest = describe(
        key,
        name,
        hour,
        writer.bytes,
        writer.digest.hexdigest(),
        writer.tally,
        sealed_at=received_at,
        recovered=False,
    )
    named = {segment: ranges_of(some) for segment, some in letters.items()}
    seal(store, folder, msgspec.structs.replace(manifest, replayed=named))
    return key


def letter_segments(store: Store, keys: Iterable[str]) -> Iterator[Manifest]:
    """The sealed ones among these keys below `LETTERS`."""
    for key in keys:
        if key.endswith(".json"):
            yield _MANIFEST.decode(store.read(key))
