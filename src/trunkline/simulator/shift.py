"""Who works when: shifts by the week, days off, swaps, sickness and rest after a night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.simulator.chance import chance, stream
from trunkline.simulator.people import Agent

BEGINS = {"early": time(6), "day": time(9), "late": time(13, 30), "night": time(22)}
FULL_MS, PART_MS = 8 * HOUR_MS + 30 * MINUTE_MS, 4 * HOUR_MS + 30 * MINUTE_MS
LONGEST_MS = 10 * HOUR_MS
"""No duty is longer, overtime included."""
SICK_SPELLS, SWAPS = 0.02, 0.03


@dataclass(frozen=True, slots=True)
class Duty:
    """One agent's work of one day, from coming to going (epoch ms)."""

    agent: Agent
    day: date
    start: int
    end: int


@dataclass(frozen=True)
class Rota:
    """The plan of a centre's people."""

    seed: int
    account: str
    zone: ZoneInfo
    agents: Sequence[Agent]

    def duties(self, day: date) -> list[Duty]:
        """The duties that begin on a day of the centre's own calendar, in order of their start."""
        duties = [self._duty(agent, day, shift) for agent in self.agents if (shift := self.shift(agent, day))]
        return sorted(duties, key=lambda duty: (duty.start, duty.agent.id))

    def shift(self, agent: Agent, day: date) -> str | None:
        """The shift that an agent really works; None at home."""
        planned = self._planned(agent, day)
        # A night ends in the morning of the next day: nobody then goes on with an early or a day shift.
        if planned in ("early", "day") and self._planned(agent, day - timedelta(1)) == "night":
            return None
        return planned

    def _planned(self, agent: Agent, day: date) -> str | None:
        if self._is_sick(agent, day):
            return None
        pair = agent.index // 2
        swapped = chance(self.seed, self.account, "swap", pair, day.toordinal()) < SWAPS
        other = agent.index ^ 1
        return _usual(self.agents[other] if swapped and other < len(self.agents) else agent, day)

    def _is_sick(self, agent: Agent, day: date) -> bool:
        """Spells of one to five days, drawn for the day on which they begin."""
        return any(
            chance(self.seed, self.account, "sick", agent.id, day.toordinal() - before)
            < SICK_SPELLS / (before + 1)
            for before in range(5)
        )

    def _duty(self, agent: Agent, day: date, shift: str) -> Duty:
        draw = stream(self.seed, self.account, "duty", agent.id, day.toordinal())
        planned = int(datetime.combine(day, BEGINS[shift], self.zone).timestamp() * 1000)
        start = planned + int(draw.triangular(-8, 12, -1) * MINUTE_MS)
        overtime = int(draw.triangular(-4, 25, 2) * MINUTE_MS)
        return Duty(agent, day, start, planned + (PART_MS if agent.part_time else FULL_MS) + overtime)


def _usual(agent: Agent, day: date) -> str | None:
    if day.weekday() in agent.days_off:
        return None
    week = (day.toordinal() - 1) // 7  # day 1 of the calendar was a Monday
    return agent.pattern[(week + agent.pattern_offset) % len(agent.pattern)]
