"""Questions to a long trail, in the published form, each answered as the server would answer it."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from audit_parts.filling import ACCOUNT, ACTORS, OBJECTS, START, STEP
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.graphql_query import answer
from trunkline.platform.audit.query import Page, count_changes, find_changes

FIELDS = "accountId objectType objectName actionType element oldValue newValue changeDate originator originatorLoginName"
COMPONENTS = ["ACUserObject", "ACSkillObject", "ACProfileObject", "ACAgentGroupObject", "ACLobObject"]


def questions(changes: int, chance: random.Random) -> dict[str, Callable[[], str]]:
    """The arguments of each question, new ones each time."""

    def actor() -> str:
        return f'users:["{chance.randrange(ACTORS)}"]'

    def kind() -> str:
        return f"componentTypes:[{chance.choice(COMPONENTS)}]"

    def days() -> str:
        begin = START + chance.randrange(changes) * STEP
        end = begin + chance.choice([1, 7, 30, 365]) * 86_400_000
        first, last = (datetime.fromtimestamp(at / 1000, UTC).date().isoformat() for at in (begin, end))
        return f'fromDate:"{first}", toDate:"{last}"'

    return {
        "all": lambda: "first:50",
        "a kind": kind,
        "an actor": actor,
        "a time": days,
        "a kind and a time": lambda: f"{kind()}, {days()}",
        "an actor, a kind and a time": lambda: f"{actor()}, {kind()}, {days()}",
        "all, deep": lambda: f"offset:{chance.randrange(changes)}",
        "a kind, deep": lambda: f"{kind()}, offset:{chance.randrange(changes // 100)}",
    }


def measure(changes: int, times: int) -> Iterator[tuple[str, str]]:
    """Of each question how long it took, milliseconds; page, exact count and text together."""
    chance = random.Random(7)
    for name, arguments in questions(changes, chance).items():
        yield name, _taken(lambda arguments=arguments: _ask(arguments()), times)

    def of_object() -> Filter:
        return Filter(object_id=str(chance.randrange(OBJECTS)))

    def ask_object() -> None:
        filter = of_object()
        find_changes(OPERATOR, ACCOUNT, filter, Page())
        count_changes(OPERATOR, ACCOUNT, filter)

    yield "an object", _taken(ask_object, times)


def _ask(arguments: str) -> None:
    found = answer(OPERATOR, ACCOUNT, f"{{auditData({arguments}) {{{FIELDS}}}}}")
    assert not found.refused, found.body


def _taken(ask: Callable[[], None], times: int) -> str:
    """By the clock, and what this process worked: the same on a machine that has nothing else to do."""
    clock, work = [], []
    for _ in range(times):
        begun, worked = time.perf_counter(), time.process_time()
        ask()
        clock.append((time.perf_counter() - begun) * 1000)
        work.append((time.process_time() - worked) * 1000)
    return f"{_percentiles(clock)}; of it at work here {_percentiles(work)}"


def _percentiles(values: list[float]) -> str:
    return f"median {statistics.median(values):.1f} ms, p99 {statistics.quantiles(values, n=100)[98]:.1f} ms"
