"""Which hours may be published: those that every collector has closed, or has had time enough to close."""

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import Catalogue
from trunkline.pipeline.plan import segments
from trunkline.segments.reader import missing
from trunkline.store import Store

NOTHING = 0
"""No hour is due. Not `now`: a segment that is sealed before the run looks would have it end in the middle of an hour."""


def due_until(store: Store, catalogue: Catalogue, kind: str, now: int, timeout: int) -> int:
    """The end of the last hour that is due; all epoch or plain milliseconds.

    An hour that a registered collector has not closed is due `timeout` after its end; what that collector seals later joins
    the next run.
    """
    last = catalogue.last_run(kind)
    hour = last.end_hour if last else min(segments(store).values(), default=NOTHING)
    while hour + HOUR_MS <= now and (now >= hour + HOUR_MS + timeout or not missing(store, hour)):
        hour += HOUR_MS
    return hour
