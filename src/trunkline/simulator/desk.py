"""Who is there to answer."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import NamedTuple

from trunkline.clock import MINUTE_MS
from trunkline.simulator.chance import pick
from trunkline.simulator.demand import QUARTER_MS
from trunkline.simulator.people import Agent
from trunkline.simulator.shift import Rota
from trunkline.simulator.sitting import sittings

SETTLE_MS = 2 * MINUTE_MS
"""Who logs out within this time begins nothing new."""


class Seat(NamedTuple):
    """An agent from one log-in to its end (epoch ms)."""

    agent: Agent
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Desk:
    """Who is logged in, whatever they do there."""

    rota: Rota

    def attend(self, instant: int, draw: Random) -> Seat:
        """One of those who are logged in at an instant that `next_staffed` gave."""
        return pick(draw, self._seats(instant // QUARTER_MS))

    def next_staffed(self, instant: int, until: int) -> int | None:
        """From when on, before `until`, somebody is logged in: at once, or at the start of a later quarter of an hour."""
        while instant < until:
            if self._seats(instant // QUARTER_MS):
                return instant
            instant += QUARTER_MS - instant % QUARTER_MS
        return None

    def staffed(self, skill: str, instant: int) -> bool:
        """Is somebody logged in who has the skill?"""
        return skill in self._skills(instant // QUARTER_MS)

    @lru_cache(maxsize=512)  # noqa: B019 - one centre lives as long as its program
    def _seats(self, quarter: int) -> tuple[Seat, ...]:
        """Those who are logged in during the whole of a quarter of an hour, and settle nothing else."""
        start, end = quarter * QUARTER_MS, (quarter + 1) * QUARTER_MS + SETTLE_MS
        day = datetime.fromtimestamp(start / 1000, self.rota.zone).toordinal()
        days = (self._day(day - 1), self._day(day))
        return tuple(seat for seats in days for seat in seats if seat.start <= start and seat.end >= end)

    @lru_cache(maxsize=512)  # noqa: B019
    def _skills(self, quarter: int) -> frozenset[str]:
        return frozenset(skill for seat in self._seats(quarter) for skill in seat.agent.skills)

    @lru_cache(maxsize=8)  # noqa: B019
    def _day(self, day: int) -> tuple[Seat, ...]:
        rota = self.rota
        return tuple(
            Seat(duty.agent, sitting.start, sitting.end)
            for duty in rota.duties(datetime.fromordinal(day).date())
            for sitting in sittings(rota.seed, rota.account, duty)
        )
