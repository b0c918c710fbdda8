"""When visitors come: as demand has it, each with a number that makes a person of them."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from trunkline.clock import DAY_MS
from trunkline.simulator.chance import stream
from trunkline.simulator.demand import BY_HOUR, QUARTER_MS, Demand

QUARTERS_A_DAY = DAY_MS // QUARTER_MS
ORDINARY_DAY = 4 * sum(BY_HOUR)
"""The demand of all quarters of an ordinary Monday."""


class Coming(NamedTuple):
    """Somebody comes to the site."""

    instant: int
    quarter: int
    """Quarters of an hour since 1970."""
    number: int
    """Of those who come in the same quarter."""
    luck: float


def comings(
    seed: int, account: str, subject: str, demand: Demand, per_day: float, start: int
) -> Iterator[Coming]:
    """Without end, in order, from the quarter that holds `start` (epoch ms); `per_day` on an ordinary Monday."""
    if per_day <= 0:
        return
    for quarter in count(start // QUARTER_MS):
        begin = quarter * QUARTER_MS
        rate = per_day * demand.at(begin) / ORDINARY_DAY / QUARTER_MS
        draw = stream(seed, account, subject, quarter)
        instant = begin + draw.expovariate(rate)
        number = 0
        while instant < begin + QUARTER_MS:
            yield Coming(int(instant), quarter, number, draw.random())
            instant += draw.expovariate(rate)
            number += 1
