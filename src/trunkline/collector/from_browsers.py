"""What becomes of events that a browser sends. Pure: the clock's reading is handed in.

A page is not trusted with more than what its visitor did: other types are refused, its clock is set right, and where the
visitor is and with what is the collector's to say.
"""

from ipaddress import IPv4Address

from msgspec.json import encode

from trunkline.clock import DAY_MS, Clock
from trunkline.collector.decode import Batch, Refused
from trunkline.collector.devices import told_by
from trunkline.collector.refusal import Reason, Refusal
from trunkline.collector.sender import Browser, parse_address
from trunkline.events import AnyEvent
from trunkline.events.envelope import Event
from trunkline.events.parts import Geo, SessionInfo
from trunkline.events.visits import VisitorEvent, VisitStarted

MOST_BYTES = 64 * 2**10
"""Of a body: what browsers send at most while a page goes away."""
MOST_EVENTS = 100
FURTHEST_MS = DAY_MS
"""A clock that is wrong by more is left alone, and its events are refused as any others."""
_STEP_MS = 10_000
"""Corrections are whole steps, so that an event that is sent again gets the same instant, however long the way took."""
_PLAUSIBLE = range(10**11, 10**14)


def admitted(batch: Batch, browser: Browser, now: int, clock: Clock) -> Batch:
    """The batch with only the events that a browser may send, completed; `now` is real time, as browsers have it, and `clock`
    the one that stamps data."""
    correction = 0
    if browser.sent_at is not None and browser.sent_at in _PLAUSIBLE:
        correction = correct(now - browser.sent_at)
    indices: list[int] = []
    events: list[AnyEvent] = []
    refused = list(batch.refused)
    for index, event in zip(batch.indices, batch.events, strict=True):
        if not isinstance(event, VisitorEvent):
            refused.append(_foreign(index, event))
            continue
        if event.timestamp in _PLAUSIBLE:
            event.timestamp = clock.at(event.timestamp + correction)
        if isinstance(event, VisitStarted):
            _complete(event, browser)
        indices.append(index)
        events.append(event)
    return Batch(indices, events, refused)


def correct(difference: int) -> int:
    """What to add to a browser's timestamps, given how far its clock is behind ours (the way here included)."""
    if abs(difference) > FURTHEST_MS:
        return 0
    return round(difference / _STEP_MS) * _STEP_MS


def geo_of(address: str) -> Geo | None:
    """Where the visitor is, as far as the address tells."""
    parsed = parse_address(address)
    if parsed is None:
        return None
    return Geo(ipv4=str(parsed)) if isinstance(parsed, IPv4Address) else Geo(ipv6=str(parsed))


def _complete(event: VisitStarted, browser: Browser) -> None:
    """Whatever the page said of these, the collector knows better."""
    event.geo = geo_of(browser.address)
    info = event.info or SessionInfo()
    info.user_agent = browser.user_agent
    told = told_by(browser.user_agent) if browser.user_agent else None
    info.device_os, info.device_family = told or (None, None)
    event.info = info


def _foreign(index: int, event: Event) -> Refused:
    name = event.__struct_config__.tag
    message = f"type: {name} is not taken from browsers; expected visit.started, visit.page and the others of a visit"
    return Refused(Refusal(index, "type", Reason.NOT_FROM_BROWSERS, message), encode(event))
