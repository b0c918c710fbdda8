"""The corner cases by name: each the expected sessions of a small story of Ada (id 9), Bo (7) or Cy (12)."""

from datetime import UTC, datetime

import polars as pl
import pytest
from tests.pipeline.sessions.running import CONTOSO, GRACE, T0, Pipeline, told
from tests.pipeline.sessions.stories import (
    BO,
    INACTIVITY,
    MAXIMUM,
    RULES,
    heartbeat,
    login,
    logout,
    minutes,
    run,
    status,
)

from trunkline.clock import HOUR_MS
from trunkline.pipeline.records.agent_activity import ROW


def test_an_agent_logs_in_works_and_logs_out():
    found = run(login(0, "in"), status(minutes(5), "busy"), logout(minutes(9), "out"))
    assert found == [(0, 0, minutes(9), "end", ["in", "busy", "out"])]


def test_a_logout_without_a_login_is_a_session_of_its_own():
    assert run(logout(minutes(3), "out")) == [(0, minutes(3), minutes(3), "end", ["out"])]


def test_events_before_a_logout_without_a_login_are_in_its_session():
    found = run(status(0, "busy"), logout(minutes(3), "out"))
    assert found == [(0, 0, minutes(3), "end", ["busy", "out"])]


def test_a_second_login_closes_the_first_session_at_its_last_event():
    found = run(login(0, "a"), status(minutes(2), "b"), login(minutes(4), "c"), logout(minutes(5), "d"))
    assert found == [
        (0, 0, minutes(2), "superseded", ["a", "b"]),
        (0, minutes(4), minutes(5), "end", ["c", "d"]),
    ]


def test_a_logout_and_a_login_in_one_millisecond_close_one_session_and_open_the_next():
    found = run(login(0, "a"), login(minutes(5), "b"), logout(minutes(5), "c"), logout(minutes(9), "d"))
    assert found == [(0, 0, minutes(5), "end", ["a", "c"]), (0, minutes(5), minutes(9), "end", ["b", "d"])]


def test_a_login_and_a_status_in_one_millisecond_are_in_one_session_whatever_their_ids():
    assert run(login(0, "z"), status(0, "a"), logout(1, "b"))[0][4] == ["z", "a", "b"]


def test_an_event_after_a_logout_opens_a_session():
    found = run(login(0, "a"), logout(minutes(1), "b"), status(minutes(2), "c"))
    assert [emission[4] for emission in found] == [["a", "b"], ["c"]]


def test_a_session_closed_by_inactivity_has_no_end():
    assert run(login(0, "a"), status(minutes(2), "b")) == [(1, 0, None, "inactivity", ["a", "b"])]


def test_a_pause_of_exactly_the_inactivity_keeps_the_session():
    found = run(login(0, "a"), status(INACTIVITY, "b"))
    assert [emission[4] for emission in found] == [["a", "b"]]


def test_a_pause_of_one_millisecond_more_splits_it():
    found = run(login(0, "a"), status(INACTIVITY + 1, "b"))
    assert [emission[4] for emission in found] == [["a"], ["b"]]


def test_an_event_exactly_at_the_maximum_is_in_the_next_session():
    steps = [status(minutes(50) * step, f"s{step}") for step in range(1, 5)]
    found = run(login(0, "in"), *steps, status(MAXIMUM - 1, "last"), status(MAXIMUM, "next"))
    assert found == [
        (4, 0, MAXIMUM, "maximum", ["in", "s1", "s2", "s3", "s4", "last"]),
        (5, MAXIMUM, None, "inactivity", ["next"]),
    ]


def test_a_session_is_cut_at_its_maximum_though_nothing_follows():
    steps = [status(minutes(50) * step, f"s{step}") for step in range(1, 5)]
    (found,) = run(login(0, "in"), *steps)
    assert found[2:4] == (MAXIMUM, "maximum")


def test_a_session_is_cut_as_often_as_it_is_too_long():
    found = run(login(0, "in"), *[status(minutes(30) * step) for step in range(1, 20)], hours=14)
    assert [(start, end, reason) for _, start, end, reason, _ in found] == [
        (0, MAXIMUM, "maximum"),
        (MAXIMUM, 2 * MAXIMUM, "maximum"),
        (2 * MAXIMUM, None, "inactivity"),
    ]


def test_a_session_open_at_the_end_of_the_hour_is_carried_into_the_next():
    found = run(login(minutes(50), "a"), logout(minutes(70), "b"))
    assert found == [(1, minutes(50), minutes(70), "end", ["a", "b"])]


def test_an_end_exactly_at_the_watermark_is_published_an_hour_later():
    watermark = HOUR_MS - GRACE
    assert run(login(0), logout(watermark - 1))[0][0] == 0
    assert run(login(0), logout(watermark))[0][0] == 1


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(datetime(2016, 6, 14, 22, tzinfo=UTC), id="midnight"),
        pytest.param(datetime(2016, 3, 27, 0, tzinfo=UTC), id="clocks go forward in Europe"),
        pytest.param(datetime(2016, 10, 30, 0, tzinfo=UTC), id="clocks go back in Europe"),
        pytest.param(datetime(2016, 12, 31, 22, tzinfo=UTC), id="new year"),
    ],
)
def test_midnight_and_summer_time_mean_nothing_to_a_session(begin):
    shift = int(begin.timestamp() * 1000) - T0
    pipeline = Pipeline(rules=RULES)
    told_of = [
        login(shift + minutes(30), "a"),
        status(shift + minutes(90)),
        logout(shift + minutes(149), "b"),
    ]
    published = []
    for hour in range(5):
        first_hour = T0 + shift + hour * HOUR_MS
        new = [e for e in told_of if first_hour <= e["receivedAt"] < first_hour + HOUR_MS]
        published += told(pipeline.run(new, first_hour, first_hour + HOUR_MS))[0]
    ((record, *_),) = published
    assert (record.hour, record.end - record.start) == (T0 + shift + 2 * HOUR_MS, minutes(119))


def test_a_clock_that_runs_backwards_puts_the_event_where_its_time_says():
    found = run(
        login(minutes(10), "a"), status(minutes(5), "b", received=minutes(11)), logout(minutes(20), "c")
    )
    assert [emission[4] for emission in found] == [["b"], ["a", "c"]]


def test_heartbeats_keep_a_session_open_and_leave_no_row():
    beats = [heartbeat(minutes(40) * step) for step in range(1, 4)]
    found = run(login(0, "a"), *beats, logout(minutes(150), "b"))
    assert found == [(2, 0, minutes(150), "end", ["a", "b"])]


def test_a_heartbeat_opens_no_session():
    pipeline = Pipeline(rules=RULES)
    assert run(heartbeat(0), heartbeat(minutes(2)), pipeline=pipeline) == []
    assert pipeline.carried.is_empty()


def test_a_heartbeat_after_the_logout_means_nothing():
    found = run(login(0, "a"), logout(minutes(1), "b"), heartbeat(minutes(2)), status(minutes(3), "c"))
    assert [(start, ids) for _, start, _, _, ids in found] == [(0, ["a", "b"]), (minutes(3), ["c"])]


def test_a_heartbeat_that_overtakes_the_login_keeps_the_session_open():
    beat = heartbeat(minutes(59), received=minutes(59))
    found = run(login(minutes(58), "a", received=minutes(61)), beat, logout(minutes(118), "b"))
    assert [emission[4] for emission in found] == [["a", "b"]]


def test_an_hour_with_nothing_publishes_nothing_and_keeps_what_is_open():
    pipeline = Pipeline(rules=RULES)
    nothing = pipeline.run([], T0, T0 + HOUR_MS)
    assert nothing.sessions.is_empty() and nothing.rows.is_empty() and nothing.dead.is_empty()
    pipeline.run([login(HOUR_MS + minutes(55), "a")], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    assert pipeline.carried["eventId"].to_list() == ["a"]
    quiet = pipeline.run([], T0 + 2 * HOUR_MS, T0 + 3 * HOUR_MS)
    assert quiet.sessions.select("start", "reason").rows() == []
    assert quiet.carried["eventId"].to_list() == ["a"]
    assert pipeline.run([], T0 + 3 * HOUR_MS, T0 + 4 * HOUR_MS).sessions["reason"].to_list() == ["inactivity"]


def test_an_event_sent_twice_counts_once():
    found = run(login(0, "a"), status(1, "b"), status(1, "b", received=minutes(2)), logout(minutes(3), "c"))
    assert [emission[4] for emission in found] == [["a", "b", "c"]]


def test_an_event_sent_again_in_a_later_hour_counts_once_also_after_it_was_published():
    story = [login(0, "a"), logout(minutes(3), "b")]
    again = [e | {"receivedAt": T0 + minutes(70)} for e in story] + [
        story[0] | {"receivedAt": T0 + 5 * HOUR_MS}
    ]
    assert run(*story, *again) == run(*story)


def test_the_same_id_with_other_content_is_a_dead_letter():
    pipeline = Pipeline(rules=RULES)
    outcome = pipeline.run(
        [login(0, "a"), status(1, "b", state=2), status(2, "b", state=3, received=5), logout(9, "c")],
        T0,
        T0 + HOUR_MS,
    )
    assert outcome.dead.select("eventId", "timestamp", "state", "reason").rows() == [
        ("b", T0 + 2, 3, "conflicting_duplicate")
    ]
    assert outcome.rows["eventId"].to_list() == ["a", "b", "c"]


def test_the_same_event_id_of_two_agents_or_two_accounts_is_two_events():
    outcome = Pipeline(rules=RULES).run(
        [logout(0, "x"), logout(0, "x", agent=BO), logout(0, "x", account=CONTOSO)], T0, T0 + HOUR_MS
    )
    assert outcome.sessions.height == 3
    assert outcome.dead.is_empty()


def test_the_producers_session_id_is_used_as_it_is():
    outcome = Pipeline(rules=RULES).run(
        [login(0, sessionId="75555851-684867733"), logout(1)], T0, T0 + HOUR_MS
    )
    assert outcome.sessions["id"].to_list() == ["75555851-684867733"]


def test_a_session_id_that_is_made_is_the_account_and_a_number_that_never_changes():
    outcome = Pipeline(rules=RULES).run([login(0, "a"), logout(1)], T0, T0 + HOUR_MS)
    assert outcome.sessions["id"].to_list() == ["75555851-2979157338764243949"]


def test_two_sessions_with_one_id_of_the_producer_are_two_records():
    story = [login(0, "a", sessionId="s"), logout(1, "b"), login(2, "c", sessionId="s"), logout(3, "d")]
    of_bo = [e | {"agentId": BO} for e in story[:2]]
    outcome = Pipeline(rules=RULES).run(story + of_bo, T0, T0 + HOUR_MS)
    assert outcome.sessions["id"].to_list() == ["s", "s", "s"]
    assert outcome.sessions["key"].n_unique() == 3
    assert outcome.rows.group_by("session", maintain_order=True).agg("eventId")["eventId"].to_list() == [
        ["a", "b"],
        ["a", "b"],
        ["c", "d"],
    ]


def test_a_session_of_a_hundred_thousand_events_of_one_giant_agent():
    busy = [status(step, f"{step:06d}") for step in range(1, 100_001)]
    outcome = Pipeline(rules=RULES).run([login(0, "a"), *busy, logout(100_001, "z")], T0, T0 + HOUR_MS)
    assert outcome.sessions.height == 1
    assert outcome.rows["eventId"].to_list() == ["a", *(e["eventId"] for e in busy), "z"]


def test_large_numbers_odd_texts_and_nulls_come_through_as_they_are():
    odd = {
        "userName": "",
        "nickname": 'line\u2028break \U0001f600 שלום \x1f"\\',
        "loginName": None,
        "groupId": 2**53 + 1,
        "profileIds": [2**63 - 1, -(2**63)],
    }
    outcome = Pipeline(rules=RULES).run([logout(0, "ö\u2028", agent=2**62 + 1, **odd)], T0, T0 + HOUR_MS)
    (row,) = outcome.rows.select(**ROW).rows(named=True)
    assert row["agentID"] == 2**62 + 1
    assert (row["agentUsername"], row["agentNickname"], row["agentLoginname"]) == ("", odd["nickname"], None)
    assert (row["agentGroupID"], row["userProfileIDs"]) == (2**53 + 1, odd["profileIds"])


def test_an_account_without_rules_is_an_error():
    with pytest.raises(KeyError):
        Pipeline(rules={}).run([login(0)], T0, T0 + HOUR_MS)


def test_what_it_gives_has_the_same_columns_and_types_with_and_without_events():
    empty = Pipeline(rules=RULES).run([], T0, T0 + HOUR_MS)
    full = Pipeline(rules=RULES).run([login(0), logout(1), logout(1, state=4, received=5)], T0, T0 + HOUR_MS)
    for name in ("sessions", "rows", "carried", "index", "dead"):
        assert getattr(empty, name).schema == getattr(full, name).schema
    assert empty.tallies.schema == full.tallies.schema
    assert isinstance(full.carried, pl.DataFrame)
