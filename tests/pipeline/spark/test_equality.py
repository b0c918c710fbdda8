"""Both engines give the same bytes, carry on the same sessions and set the same aside."""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from tests.pipeline.spark.twins import Twins
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, Event, agents

from trunkline.clock import HOUR_MS
from trunkline.segments.layout import LETTERS

sys.path.append(str(Path(__file__).parent.parent / "sessions"))
from histories import history

NewTwins = Callable[..., Twins]


def random_events(seed: int) -> list[Event]:
    """Sixteen hours of agents, with everything that goes wrong: late, twice, other content, clocks that jump."""
    from running import T0

    found = history(Random(seed), hours=16, actors=25, events=25, lateness="any")
    accounts = {}
    for one in found:
        account = accounts.setdefault(one["accountId"], (NORTHWIND, CONTOSO)[len(accounts) % 2])
        one |= {"accountId": account}
        one |= {name: one[name] - T0 + H0 for name in ("timestamp", "receivedAt")}
    return found


def rules() -> dict:
    return {
        NORTHWIND: agents("1.0.0.4", inactivity=HOUR_MS, maximum=8 * HOUR_MS),
        CONTOSO: agents("1.0.0.35", inactivity=HOUR_MS, drop_late=True),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_random_histories_come_out_the_same_hour_after_hour(new_twins: NewTwins, seed: int) -> None:
    twins = new_twins(rules=rules())
    twins.received(*random_events(seed))
    for hours in (3, 4, 5, 12, 18):
        twins.run(hours)
    twins.assert_the_same()
    assert any(file.supersedes for file in twins.spark.listed())
    assert list(twins.spark.store.list(LETTERS))


def test_runs_may_alternate_between_the_engines(new_twins: NewTwins) -> None:
    twins = new_twins(rules=rules())
    twins.received(*random_events(3))
    for number, hours in enumerate((2, 4, 6, 8, 10, 18)):
        twins.run(hours, on=("spark", "embedded")[number % 2])
    twins.assert_the_same()
