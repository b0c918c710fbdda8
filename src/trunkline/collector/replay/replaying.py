"""The verb: dead letters that pass by now become events of the current hour.

They keep the moment at which they were refused as `firstReceivedAt`. Which were replayed is told by the segment that they
became, so a second replay finds nothing to do, and one that was killed goes on where it was.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from trunkline.clock import Clock
from trunkline.collector.lock import hold
from trunkline.collector.refusal import Refusal
from trunkline.collector.replay.selection import Selection
from trunkline.collector.replay.trial import Kept, Trial
from trunkline.events import AnyEvent
from trunkline.segments.layout import REPLAYS
from trunkline.segments.letters import DeadLetter
from trunkline.segments.manifest import Manifest, Tally, tally
from trunkline.segments.replays import (
    Retried,
    letters_in,
    ranges_of,
    read_retried,
    recover,
    replayed,
    write_replay,
    write_retried,
)
from trunkline.store import Store

MOST_EVENTS = 5_000
"""Of a segment: the memory of a replay, and what a kill can undo."""
Progress = Callable[[int, int], None]
"""Letters looked at, of how many."""

_ENCODER = msgspec.json.Encoder()


@dataclass
class Replayed:
    """What became of the selected letters."""

    events: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    """By the reason that they had."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By the reason that they had, and today's."""
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By reason, and why no fix can mend that."""
    examples: dict[str, tuple[DeadLetter, Refusal]] = field(default_factory=dict)
    """One that was refused again, by today's reason."""


def replay(
    store: Store,
    folder: Path,
    name: str,
    clock: Clock,
    selection: Selection,
    trial: Trial,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Replayed:
    """Try the selected letters; those that pass become events, the others keep today's reason.

    `folder` is its own, on a local disk; `name` tells replays of different machines apart. With `dry_run` nothing changes.
    Raises `CollectorRunning` where another replay is at work in the folder, `DamagedLetters`.
    """
    lock = hold(folder)
    try:
        if not dry_run:
            recover(store, folder / "open")
        return _Replay(
            store, folder / "open", REPLAYS + name, clock, selection, trial, dry_run, progress
        ).all()
    finally:
        os.close(lock)


@dataclass
class _Replay:
    store: Store
    folder: Path
    name: str
    clock: Clock
    selection: Selection
    trial: Trial
    dry_run: bool
    progress: Progress
    result: Replayed = field(default_factory=Replayed)
    _events: list[AnyEvent] = field(default_factory=list)
    _lines: dict[str, list[int]] = field(default_factory=dict)
    """Of which letters the events are, by segment."""
    _summaries: dict[str, Retried] = field(default_factory=dict)

    def all(self) -> Replayed:
        done = replayed(self.store)
        segments = self.selection.segments(self.store)
        seen, total = 0, sum(one.events for one in segments)
        for segment in segments:
            self._try_all(segment, done.get(segment.segment, set()))
            seen += segment.events
            self.progress(seen, total)
        self._flush()
        return self.result

    def _try_all(self, manifest: Manifest, done: set[int]) -> None:
        segment = manifest.segment
        before = read_retried(self.store, segment)
        newest = before.newest() if before else {}
        standing: dict[str, Counter[str]] = {}
        changed: dict[str, list[int]] = {}
        gone = bool(done)
        for line, letter in letters_in(self.store, segment):
            if line in done:
                continue
            reason = self._try(segment, line, letter, newest.get(line, letter.reason))
            if reason is None:
                gone = True
                continue
            standing.setdefault(letter.account_id or "", Counter())[reason] += 1
            if reason != letter.reason:
                changed.setdefault(reason, []).append(line)
        after = Retried(
            {account: dict(counts) for account, counts in standing.items()},
            {reason: ranges_of(lines) for reason, lines in changed.items()},
        )
        if after != before and (before or gone or changed):
            self._summaries[segment] = after
        if len(self._events) >= MOST_EVENTS:
            self._flush()

    def _try(self, segment: str, line: int, letter: DeadLetter, reason: str) -> str | None:
        """Its newest reason; None where it passes."""
        if not self.selection.has(letter, reason):
            return reason
        outcome = self.trial(letter)
        if isinstance(outcome, Kept):
            self.result.kept[reason, outcome.why] += 1
            return reason
        if isinstance(outcome, Refusal):
            self.result.refused[reason, outcome.reason] += 1
            self.result.examples.setdefault(outcome.reason, (letter, outcome))
            return str(outcome.reason)
        self.result.passed[reason] += 1
        self.result.events += len(outcome)
        self._take(segment, line, letter, outcome)
        return None

    def _take(self, segment: str, line: int, letter: DeadLetter, events: list[AnyEvent]) -> None:
        for event in events:
            event.account_id = letter.account_id
            event.first_received_at = letter.received_at
        self._events += events
        self._lines.setdefault(segment, []).append(line)
        if len(self._events) >= MOST_EVENTS:
            self._write()

    def _write(self) -> None:
        """The events taken so far become a segment, and their letters are replayed."""
        events, letters, self._events, self._lines = self._events, self._lines, [], {}
        if self.dry_run or not events:
            return
        received_at = self.clock.now()
        for event in events:
            event.received_at = received_at
        lines = _ENCODER.encode_lines(events)
        write_replay(
            self.store, self.folder, self.name, received_at, lines, _tally(events, received_at), letters
        )

    def _flush(self) -> None:
        """The same, and tell what is left of the segments of letters: never before the events are sealed."""
        self._write()
        summaries, self._summaries = self._summaries, {}
        if not self.dry_run:
            for segment, retried in summaries.items():
                write_retried(self.store, segment, retried)


def _tally(events: list[AnyEvent], received_at: int) -> Tally:
    by_account: dict[str, list[AnyEvent]] = {}
    for event in events:
        by_account.setdefault(event.account_id or "", []).append(event)
    total = Tally()
    for account, its in by_account.items():
        total.add(tally(account, its, received_at))
    return total
