"""Make a day of a large contact centre as sealed segments, always the same ones: `centre_day.py FOLDER SCALE [late]`.

Agents and visitors of the simulator: 2,000 agents and 200,000 visits at scale 1. Events come in disorder, up to ten minutes late,
and some twice; with `late` one in a thousand comes later than the pipeline waits, as it is in operation.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path

from trunkline.clock import DAY_MS, HOUR_MS
from trunkline.events.agents import AgentEvent, AgentLogin
from trunkline.events.conversations import ConversationEvent, ConversationRequested, ConversationType
from trunkline.events.envelope import Event
from trunkline.events.visits import VisitStarted
from trunkline.simulator.arrival import Arrival, Network
from trunkline.simulator.backfill import backfill
from trunkline.simulator.centre import Centre
from trunkline.store import LocalStore

ACCOUNT = "75555851"
DAY = 1465948800000  # 2016-06-15T00:00:00Z
AGENTS, VISITS = 2000, 200_000
MESSAGING = "messaging "


class NamedCentre(Centre):
    """Every session has an id of its own: those that the pipeline makes are BLAKE2 hashes, which Spark does not know.

    Visits are given one. Nothing is sent of sessions that were open when the day began, nor of visitors who go on after so long a
    silence that their visit is over.
    """

    def arrivals(self, start: int, end: int | None = None) -> Iterator[Arrival]:
        heard: dict[str | int, int] = {}
        for instant, event in super().arrivals(start, end):
            who = _actor(event)
            if isinstance(event, VisitStarted):
                event.session_id = event.session_id or f"visit-{event.event_id}"
            if _opens(event) or (who in heard and event.timestamp - heard[who] <= _silence(who)):
                heard[who] = max(event.timestamp, heard.get(who, event.timestamp))
                yield instant, event


def _actor(event: Event) -> str | int:
    if isinstance(event, AgentEvent):
        return event.agent_id
    if isinstance(event, ConversationEvent) and event.conversation_type is ConversationType.MESSAGING:
        return f"{MESSAGING}{event.conversation_id}"
    return event.visitor_id or f"{MESSAGING}{event.conversation_id}"


def _opens(event: Event) -> bool:
    if isinstance(event, ConversationRequested):
        return event.conversation_type is ConversationType.MESSAGING
    return isinstance(event, VisitStarted | AgentLogin)


def _silence(who: str | int) -> float:
    """How long nothing may be heard of a session that goes on: of a visit half an hour."""
    return HOUR_MS // 2 if isinstance(who, str) and not who.startswith(MESSAGING) else math.inf


def make(folder: Path, scale: float, late: bool) -> None:
    centre = NamedCentre(
        account=ACCOUNT,
        time_zone="UTC",
        agents=round(AGENTS * scale),
        visits=round(VISITS * scale),
        network=Network() if late else Network(late=0.0),
    )
    backfill(LocalStore(folder), folder / "open", centre, DAY, DAY + DAY_MS, "bench")


if __name__ == "__main__":
    make(Path(sys.argv[1]), float(sys.argv[2]), "late" in sys.argv[3:])
