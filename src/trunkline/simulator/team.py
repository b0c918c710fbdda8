"""Agents who hand chats to each other: which parts, handled by whom, make one chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from trunkline.clock import MINUTE_MS
from trunkline.simulator.duty_plan import Leg

TEAM = 32
"""Agents of a team; they share their transfers with nobody else, so a team's day can be worked out for itself."""
HANDED_ON = 0.12
MOST_LEGS = 3
SHORTEST_WAIT_MS, LONGEST_WAIT_MS = 3_000, 150_000
LEAST_LEAD_MS, MOST_LEAD_MS = 180_000, 20 * MINUTE_MS
LEADS_MS = LONGEST_WAIT_MS + MOST_LEAD_MS
"""No visitor who chats has come longer before the agent connected."""


@dataclass(slots=True)
class Contact:
    """A chat from the visitor's side: from coming to the site over the request to the last agent (epoch ms)."""

    start: int
    requested: int
    legs: list[Leg]

    @property
    def key(self) -> tuple[int, int, int]:
        """Stands for this chat alone among all of an account."""
        first = self.legs[0]
        return first.agent.id, first.day, first.index

    @property
    def ended(self) -> int:
        return self.legs[-1].ended


def contacts(legs: Sequence[Leg], draw: Random) -> list[Contact]:
    """Some chats go on with another agent, whose chat began soon after the first one's had ended."""
    found: list[Contact] = []
    recent: list[Contact] = []
    for leg in sorted(legs, key=lambda leg: (leg.begun, leg.agent.id)):
        recent = [one for one in recent if one.ended >= leg.begun - LONGEST_WAIT_MS]
        before = _waiting(recent, leg) if draw.random() < HANDED_ON else None
        if before:
            before.legs.append(leg)
        else:
            found.append(_new(leg, draw))
            recent.append(found[-1])
    return found


def _waiting(recent: list[Contact], leg: Leg) -> Contact | None:
    for one in recent:
        last = one.legs[-1]
        handed_on = last.ended <= leg.begun - SHORTEST_WAIT_MS and not last.cut
        if handed_on and last.agent.id != leg.agent.id and len(one.legs) < MOST_LEGS:
            return one
    return None


def _new(leg: Leg, draw: Random) -> Contact:
    requested = leg.begun - int(draw.triangular(SHORTEST_WAIT_MS, LONGEST_WAIT_MS, 8_000))
    lead = min(LEAST_LEAD_MS + int(draw.expovariate(1 / 240_000)), MOST_LEAD_MS)
    return Contact(requested - lead, requested, [leg])
