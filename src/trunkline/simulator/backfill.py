"""Write the history of a simulated centre as if a collector had received it then."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.segments.history import History
from trunkline.segments.manifest import Registration
from trunkline.segments.reader import closed_by, registered, sealed
from trunkline.simulator.centre import Centre
from trunkline.store import Store

BATCH_MS = 5 * MINUTE_MS
"""What arrives in five minutes is one group, so one sync; an hour holds whole batches."""


def backfill(
    store: Store,
    folder: Path,
    centre: Centre,
    first: int,
    end: int,
    collector_id: str,
    progress: Callable[[int], None] = lambda _instant: None,
) -> int:
    """Write what arrives in `[first, end)` (epoch ms); returns how many events were written.

    `collector_id` belongs to this centre alone and to no running collector; `folder` is its own, on a local disk.
    What an earlier back-fill wrote is not written again, also when that was killed: this one goes on where it ended.
    A live simulation that begins at `end` sends exactly what follows.
    """
    begin, reached = _where_to_begin(store, collector_id, first)
    if reached is not None and begin >= end:
        return 0
    history = History(store, folder, collector_id, begin)
    if reached is None:  # killed: its open segment has just been recovered
        reached = _last_received(store, collector_id, begin) + 1
    events = 0
    arrivals = centre.arrivals(max(begin, reached), end)
    for batch, group in groupby(arrivals, key=lambda arrival: arrival[0] // BATCH_MS):
        received = list(group)
        history.add(received[-1][0], centre.account, [event for _, event in received])
        events += len(received)
        progress(batch * BATCH_MS)
    history.end(max(begin, end))  # a killed one may have closed hours beyond `end`
    return events


def history_end(store: Store, collector_id: str) -> int | None:
    """Up to when a back-fill has written (epoch ms); None where there is none, or it was not finished."""
    before = _registration(store, collector_id)
    return before.until if before else None


def _where_to_begin(store: Store, collector: str, first: int) -> tuple[int, int | None]:
    """From when the collector registers, and up to where it has written; None where that must be looked up."""
    before = _registration(store, collector)
    if before is None:
        return first, first
    if before.until is not None:
        begin = max(first, before.until)
        return begin, begin
    return max(before.since, _open_hour(store, before)), None


def _registration(store: Store, collector: str) -> Registration | None:
    return next((one for one in registered(store) if one.collector == collector), None)


def _open_hour(store: Store, registration: Registration) -> int:
    """Markers are written before the registration that counts them."""
    hour = registration.closed
    while registration.collector in closed_by(store, hour):
        hour += HOUR_MS
    return hour


def _last_received(store: Store, collector: str, begin: int) -> int:
    hour = begin - begin % HOUR_MS
    own = [segment for segment in sealed(store, hour, hour + HOUR_MS) if segment.collector == collector]
    return max((segment.last_received_at for segment in own), default=begin - 1)
