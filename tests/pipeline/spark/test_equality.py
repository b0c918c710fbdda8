"""Both engines give the same bytes, carry on the same sessions and set the same aside."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from tests.gnupg import GnuPG
from tests.pipeline.sessions.histories import history
from tests.pipeline.sessions.running import RULES
from tests.pipeline.spark.twins import FINE, Twins
from tests.pipeline.test_encrypted_files import opened
from tests.pipeline.test_floods import flood, shift_of
from tests.pipeline.visitors import in_chat, of_survey, of_visitor, visit_rules
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, Event, agents, event, shift, write_text

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.compaction import DamagedSegment
from trunkline.pipeline.plan import Limits
from trunkline.segments.layout import LETTERS

NewTwins = Callable[..., Twins]
ODD = [
    "",
    "\x01\x1f\x7f",
    "\u2028\u2029",
    "\uffff",
    "\U0001f600",
    "שלום",
    'quo"te\\',
    "e\u0301",
    "é",
    "</script>",
    '{"string":null}',
]
"""In the order of UTF-16 the sixth would stand before the fifth."""


def random_events(seed: int, kind: str) -> list[Event]:
    """Sixteen hours with everything that goes wrong: late, twice, with other content, out of order."""
    return history(Random(seed), kind, hours=16, actors=20, events=20, lateness="any")


@pytest.mark.parametrize("kind", ["agentActivity", "visits"])
def test_random_histories_come_out_the_same(new_twins: NewTwins, kind: str) -> None:
    twins = new_twins(kind=kind, rules=RULES[kind])
    twins.received(*random_events(1, kind))
    for hours in (3, 4, 20):
        twins.run(hours)
    twins.assert_the_same()
    files = twins.spark.listed()
    assert {file.data_type for file in files} == twins.data_types
    assert any(file.supersedes for file in files)
    assert any(file.part for file in files)
    assert list(twins.spark.store.list(LETTERS))


def test_runs_may_alternate_between_the_engines(new_twins: NewTwins) -> None:
    twins = new_twins(rules=RULES["agentActivity"])
    twins.received(*random_events(2, "agentActivity"))
    for number, hours in enumerate((2, 4, 6, 20)):
        twins.run(hours, on=("spark", "embedded")[number % 2])
    twins.assert_the_same()
    assert any(file.supersedes for file in twins.spark.listed())


def test_odd_strings_and_large_numbers_come_out_the_same(new_twins: NewTwins) -> None:
    twins = new_twins(kind="visits", rules={NORTHWIND: visit_rules()})
    for number, odd in enumerate(ODD):
        visitor = f"{odd}."
        twins.received(
            of_visitor("started", number, visitor),
            of_visitor("page", number + 1, visitor, url=odd, title=odd),
            in_chat("requested", number + 2, odd, visitor, skillId=2**53 + 1),
            in_chat("line", number + 3, odd, visitor, lineType=1, text=odd, by=odd),
            of_survey("answered", number + 4, visitor, surveyId=-(2**63), answers=[{"question": odd}]),
            of_visitor("ended", MINUTE_MS + number, visitor),
            collector=f"web-{number}",
        )
    twins.run(1)
    twins.assert_the_same()
    assert len(twins.spark.records()) == 3 * len(ODD)


def test_floods_come_out_the_same_however_many_hours_are_caught_up(new_twins: NewTwins) -> None:
    limits = Limits(actor_events=50, bucket_events=20)
    twins = new_twins()
    twins.received(*shift_of(40, H0), *shift(H0, H0 + MINUTE_MS, agent=7))
    twins.received(*flood(H0 + HOUR_MS, 60), *shift(H0 + HOUR_MS, H0 + HOUR_MS + 2, agent=12))
    # In three hours together the first agent would be a flood in the first hour too.
    assert [twins.run(3, limits).end_hour for _ in range(2)] == [H0 + HOUR_MS, H0 + 2 * HOUR_MS]
    late = [event("status", H0 + 5, agent, state=4, receivedAt=H0 + 2 * HOUR_MS) for agent in (7, 9)]
    twins.received(*late)
    twins.run(3, limits)
    twins.assert_the_same()
    letters = [key for key in twins.spark.store.list(LETTERS) if key.endswith(".ndjson")]
    assert sum(twins.spark.store.read(key).count(b'"actor_flood"') for key in letters) == 2


def test_an_hour_without_events_leaves_empty_tables(new_twins: NewTwins) -> None:
    twins = new_twins()
    twins.received(*shift(H0, H0 + MINUTE_MS))
    for hours in (1, 2):
        twins.run(hours)
    twins.assert_the_same()


def test_a_damaged_segment_stops_the_run_and_is_named(new_twins: NewTwins) -> None:
    twins = new_twins()
    twins.received(*shift(H0, H0 + MINUTE_MS))
    torn = b'{"group":0,"bytes":5,"crc32":0}\n{"type":"agent.'
    key = write_text(twins.spark.store, H0, torn, shift(H0, H0 + 1), "torn")
    with pytest.raises(DamagedSegment, match=f"{key}: line 2 "):
        twins.spark.run(H0 + HOUR_MS, FINE, engine=twins.engine)
    assert twins.spark.files() == {}


def test_progress_is_told_step_by_step(new_twins: NewTwins) -> None:
    twins, told = new_twins(), []
    twins.received(*shift(H0, H0 + MINUTE_MS), *shift(H0, H0 + MINUTE_MS, 7, CONTOSO))
    twins.spark.run(
        H0 + HOUR_MS,
        FINE,
        engine=twins.engine,
        progress=lambda step, done, total: told.append((step, done, total)),
    )
    steps = [step for step, _, _ in told]
    assert list(dict.fromkeys(steps))[:4] == ["planned", "compacted", "settled", "built"]
    assert all(done <= total for _, done, total in told)


def test_encrypted_files_hold_the_same_text(new_twins: NewTwins, gnupg: GnuPG, curve: str) -> None:
    rules = {NORTHWIND: agents(public_key=curve), CONTOSO: agents()}
    twins = new_twins(rules=rules)
    twins.received(*shift(H0, H0 + MINUTE_MS), *shift(H0, H0 + MINUTE_MS, 12, CONTOSO))
    twins.run(1)
    without = {"key": "", "bytes": 0, "digest": ""}
    found, expected = (
        [replace(file, **without) for file in world.listed()] for world in (twins.spark, twins.embedded)
    )
    assert found == expected
    twins.spark.assert_store_matches_catalogue()
    texts = [opened(world.records(), gnupg.decrypted) for world in (twins.spark, twins.embedded)]
    assert texts[0] == texts[1]
    assert texts[0] != twins.spark.records()
