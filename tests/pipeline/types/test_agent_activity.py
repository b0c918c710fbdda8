"""Agent Activity: what an event becomes in the published record."""

import polars as pl
import pytest

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.records.agent_activity import ROW
from trunkline.pipeline.sessions import sessions
from trunkline.pipeline.sessions.index import index_schema
from trunkline.pipeline.types import KINDS

KIND = KINDS["agentActivity"]
T0 = 1_465_992_000_000
SEED_INSTANT = 1_465_992_202_047


def rows(*events):
    """The published rows of the events, an agent's first hour."""
    members = {"accountId": "75555851", "agentId": 9}
    told = [
        dict.fromkeys(KIND.columns)
        | members
        | {"timestamp": T0 + number, "receivedAt": T0 + number, "eventId": str(number)}
        | event
        for number, event in enumerate(events)
    ]
    new = pl.DataFrame(told, schema=dict(KIND.columns))
    outcome = sessions(
        new,
        new.clear(),
        pl.DataFrame(schema=index_schema(KIND)),
        new.clear(),
        kind=KIND,
        rules={"75555851": SessionRules(versions={"agentActivity": "1.0.0.4"})},
        hours=(T0, T0 + 48 * HOUR_MS),
        grace=0,
    )
    return outcome, outcome.rows.select(**ROW).rows(named=True)


def test_the_row_printed_in_the_published_example_is_made_of_a_login_that_carries_its_values():
    outcome, (row,) = rows(
        {
            "type": "agent.login",
            "timestamp": SEED_INSTANT,
            "sessionId": "75555851-684867733",
            "employeeId": "",
            "userName": "CRAgent",
            "nickname": "CRAgent",
            "loginName": "CRAgent@liveperson.com",
            "groupId": -1,
            "state": 0,
            "previousState": 1,
            "concurrentEngagements": 0,
            "previousConcurrentEngagements": 0,
        }
    )
    assert row == {
        "agentID": 9,
        "type": 3,
        "state": 0,
        "timestamp": SEED_INSTANT,
        "prevState": 1,
        "agentEmployeeId": "",
        "agentUsername": "CRAgent",
        "agentNickname": "CRAgent",
        "agentLoginname": "CRAgent@liveperson.com",
        "prevConcurrentEng": 0,
        "concurrentEng": 0,
        "maxConcurrentEng": -9,
        "agentGroupID": -1,
        "userProfileIDs": None,
    }
    assert outcome.sessions.select("id", "start", "end").rows() == [
        ("75555851-684867733", SEED_INSTANT, None)
    ]


def test_status_and_concurrency_are_of_type_1_and_carry_the_slots():
    _, found = rows(
        {"type": "agent.login", "slots": 4},
        {"type": "agent.status", "state": 2},
        {"type": "agent.concurrency", "concurrentEngagements": 3},
        {"type": "agent.logout"},
    )
    assert [row["type"] for row in found] == [3, 1, 1, 4]
    assert [row["maxConcurrentEng"] for row in found] == [-9, 4, 4, -9]


def test_what_an_event_does_not_say_is_taken_from_the_event_before():
    _, found = rows(
        {"type": "agent.login", "state": 1},
        {"type": "agent.concurrency", "concurrentEngagements": 1},
        {"type": "agent.status", "state": 3},
        {"type": "agent.concurrency", "concurrentEngagements": 2},
        {"type": "agent.logout"},
    )
    assert [row["state"] for row in found] == [1, 1, 3, 3, 0]
    assert [row["prevState"] for row in found] == [None, 1, 1, 3, 3]
    assert [row["concurrentEng"] for row in found] == [None, 1, 1, 2, 2]
    assert [row["prevConcurrentEng"] for row in found] == [None, None, 1, 1, 2]


def test_what_the_producer_says_is_not_overruled():
    _, found = rows(
        {"type": "agent.login", "state": 1, "concurrentEngagements": 0},
        {"type": "agent.status", "state": 2, "previousState": 4, "previousConcurrentEngagements": 7},
    )
    assert (found[1]["prevState"], found[1]["prevConcurrentEng"]) == (4, 7)


def test_nothing_is_known_at_the_first_event_of_a_session():
    _, found = rows(
        {"type": "agent.status", "state": 2, "slots": 3, "concurrentEngagements": 1},
        {"type": "agent.logout"},
        {"type": "agent.concurrency", "concurrentEngagements": 2},
    )
    first = found[2]
    assert [first[name] for name in ("state", "prevState", "prevConcurrentEng", "maxConcurrentEng")] == [
        None
    ] * 4


@pytest.mark.parametrize("event_type", ["agent.login", "agent.logout"])
def test_a_login_or_logout_without_a_state_says_irrelevant(event_type):
    _, (row,) = rows({"type": event_type})
    assert row["state"] == 0


def test_an_irrelevant_state_that_was_made_up_for_a_login_is_not_passed_on():
    _, found = rows({"type": "agent.login"}, {"type": "agent.concurrency", "concurrentEngagements": 1})
    assert (found[1]["state"], found[1]["prevState"]) == (None, None)


def test_every_event_type_of_the_data_type_has_its_columns():
    assert list(KIND.columns)[:7] == [
        "accountId",
        "agentId",
        "timestamp",
        "eventId",
        "type",
        "receivedAt",
        "sessionId",
    ]
    assert KIND.columns["profileIds"] == pl.List(pl.Int64)
    assert KIND.columns["state"] == pl.Int64
