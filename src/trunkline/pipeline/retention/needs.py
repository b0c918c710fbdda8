"""The rules of retention: what may go, given what is there. Instants in epoch milliseconds, lengths in milliseconds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from trunkline.clock import DAY_MS, HOUR_MS
from trunkline.pipeline.catalogue import PastRun


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How long things are kept; None: for ever."""

    files: int | None = 30 * DAY_MS
    """Data files, from their publication on."""
    segments: int | None = 45 * DAY_MS
    """Segments, from the publication of the run that read them on; longer where something needs them."""
    letters: int | None = 30 * DAY_MS
    """Dead letters."""
    late: int = 3 * DAY_MS
    """How old an event may be that is received."""
    pause: int = HOUR_MS
    """Between the last listing of a file and its removal: a download that has begun goes on, also from a remote store, which
    is asked for each block."""


DEFAULT_KEEP = Keep()


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """What runs to come may read beside what is received from now on."""

    collectors: Sequence[int] = ()
    """Of each registered collector, the end of the hours that it has closed: it may still hold events since then."""
    letters: int | None = None
    """Start of the oldest hour of dead letters: they may be replayed."""
    unread: int | None = None
    """The oldest timestamp in segments that no run has read yet."""


def expires_until(past: Sequence[PastRun], now: int, keep: Keep) -> int:
    """The files of the runs that ended by this instant are past their time."""
    return _end_of(past, lambda run: _is_over(run.published, now, keep.files))


def forgets_until(past: Sequence[PastRun], awaited: Awaited, longest: int, now: int, keep: Keep) -> int:
    """The runs that ended by this instant may be forgotten: nothing will look back at them.

    `longest`: how far before an event a session may have begun that it belongs to.
    """
    if not past:
        return 0
    listed = expires_until(past, now, keep)
    needed = min(
        # A late event looks for sessions within reach, and these for their own beginning.
        _earliest_event(past[-1].end_hour, awaited, now, keep) - 2 * longest - HOUR_MS,
        *(_needed_by(run) for run in past if run.end_hour > listed or run is past[-1]),
    )
    # Never the newest run, with which the next one goes on.
    return _end_of(
        past[:-1], lambda run: _is_over(run.published, now, keep.segments) and run.end_hour <= needed
    )


def letters_until(pasts: Iterable[Sequence[PastRun]], now: int, keep: Keep) -> int:
    """Dead letters of hours that ended by this instant are past their time."""
    if keep.letters is None:
        return 0
    # A pipeline that catches up writes letters of today into hours of the past.
    young = [run.first_hour for past in pasts for run in past if run.published >= now - keep.letters]
    return min([now - keep.letters, *young])


def collectors_until(now: int, keep: Keep) -> int:
    """A collector that has closed no hour since is not waited for any more."""
    return 0 if keep.segments is None else now - keep.segments


def _earliest_event(published: int, awaited: Awaited, now: int, keep: Keep) -> int:
    """The oldest timestamp that a run to come may meet. (What a key that may back-fill sends is older still, and becomes
    sessions of its own.)"""
    gone = collectors_until(now, keep)
    received = [published, *(max(closed, gone) for closed in awaited.collectors)]
    if awaited.letters is not None:
        received.append(awaited.letters)
    earliest = min(received) - keep.late
    return earliest if awaited.unread is None else min(earliest, awaited.unread)


def _needed_by(run: PastRun) -> int:
    """Runs that ended after this instant are needed to make this one again: what it looked back at, and the one before."""
    return min(run.reach, run.first_hour - 1)


def _is_over(since: int, now: int, length: int | None) -> bool:
    return length is not None and since < now - length


def _end_of(past: Sequence[PastRun], is_over: Callable[[PastRun], bool]) -> int:
    """The end of the last run, from the oldest on, as far as the rule holds; 0 where it holds for none."""
    ended = [run.end_hour for run in takewhile(is_over, past)]
    return ended[-1] if ended else 0
