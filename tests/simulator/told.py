"""What a centre tells, sorted out."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.events.conversations import (
    ConversationConnected,
    ConversationEnded,
    ConversationEvent,
    ConversationRequested,
    ConversationTransferred,
    ConversationType,
)
from trunkline.events.envelope import Event
from trunkline.events.visits import VisitEnded, VisitStarted
from trunkline.simulator.arrival import Arrival
from trunkline.simulator.centre import Centre

Visit = list[Event]
Conversation = list[ConversationEvent]


@dataclass(frozen=True)
class Told:
    """All that happened in a period (epoch ms), in order, each event once."""

    start: int
    end: int
    arrivals: list[Arrival]
    """In order of their arrival; re-sent ones twice."""

    @staticmethod
    def by(centre: Centre, start: int, hours: int) -> "Told":
        end = start + hours * HOUR_MS
        arrivals = centre.arrivals(start, end + centre.network.reach_ms)
        return Told(start, end, [one for one in arrivals if start <= one[1].timestamp < end])

    @cached_property
    def events(self) -> list[Event]:
        found = {event.event_id: event for _, event in self.arrivals}
        return sorted(found.values(), key=lambda event: event.timestamp)

    @cached_property
    def by_visitor(self) -> dict[str, list[Event]]:
        """What belongs to a visitor's visits: all that names the visitor, but messaging."""
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            visitor = getattr(event, "visitor_id", None)
            if visitor is not None and not is_messaging(event):
                found[visitor].append(event)
        return found

    @cached_property
    def visits(self) -> list[Visit]:
        """But those of the first hours: of them the beginning may be missing."""
        found = [visit for events in self.by_visitor.values() for visit in _visits(events) if visit]
        return [visit for visit in found if visit[0].timestamp > self.start + 6 * HOUR_MS]

    @cached_property
    def conversations(self) -> list[Conversation]:
        """But those of the first and the last hours, and messaging that was begun before."""
        found: dict[str, Conversation] = defaultdict(list)
        for event in self.events:
            if isinstance(event, ConversationEvent):
                found[event.conversation_id].append(event)
        first, last = self.start + 6 * HOUR_MS, self.end - 4 * HOUR_MS
        return [one for one in found.values() if first < one[0].timestamp < last and not _goes_on(one)]

    @cached_property
    def chats(self) -> list[Conversation]:
        return [one for one in self.conversations if not is_messaging(one[0])]

    @cached_property
    def messaging(self) -> list[Conversation]:
        return [one for one in self.conversations if is_messaging(one[0])]


def is_messaging(event: Event) -> bool:
    return isinstance(event, ConversationEvent) and event.conversation_type is ConversationType.MESSAGING


def legs(conversation: Conversation) -> Iterator[tuple[ConversationConnected, ConversationEvent]]:
    """The beginning and the end of each agent's part."""
    connected: ConversationConnected | None = None
    for event in conversation:
        if isinstance(event, ConversationConnected):
            connected = event
        elif connected and isinstance(event, ConversationTransferred | ConversationEnded):
            yield connected, event
            connected = None


def _visits(events: list[Event]) -> Iterator[Visit]:
    """As the pipeline tells them apart: by their start, their end, and half an hour without an event."""
    visit: Visit = []
    for event in events:
        silent = visit and event.timestamp - visit[-1].timestamp >= 30 * MINUTE_MS
        if silent or isinstance(event, VisitStarted):
            yield visit
            visit = []
        visit.append(event)
        if isinstance(event, VisitEnded):
            yield visit
            visit = []
    yield visit


def _goes_on(conversation: Conversation) -> bool:
    requested = any(isinstance(event, ConversationRequested) for event in conversation)
    return is_messaging(conversation[0]) and not requested
