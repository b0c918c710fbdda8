"""Late events and published sessions, one rule a test."""

from dataclasses import replace

import pytest
from tests.pipeline.sessions.running import CONTOSO, NORTHWIND, T0, Pipeline
from tests.pipeline.sessions.stories import (
    INACTIVITY,
    MAXIMUM,
    RULES,
    event,
    heartbeat,
    login,
    logout,
    minutes,
    run,
    status,
)

from trunkline.clock import HOUR_MS

LATE = minutes(5 * 60)
"""Received in hour 5, long after everything of hour 0 was published."""


def test_a_late_event_inside_a_session_has_it_published_again_in_the_hour_it_came():
    found = run(login(0, "a"), logout(minutes(9), "c"), status(minutes(5), "b", received=LATE))
    assert found == [(0, 0, minutes(9), "end", ["a", "c"]), (5, 0, minutes(9), "end", ["a", "b", "c"])]


def test_a_session_published_again_keeps_its_id_and_says_what_it_supersedes():
    pipeline = Pipeline(rules=RULES)
    first = pipeline.run([status(minutes(3), "b"), logout(minutes(9), "c")], T0, T0 + HOUR_MS)
    again = pipeline.run([status(minutes(1), "a", received=HOUR_MS)], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    assert again.rows["eventId"].to_list() == ["a", "b", "c"]
    assert again.sessions.select("id", "key").equals(first.sessions.select("id", "key"))
    assert (
        first.sessions["supersedes agentActivity"].to_list(),
        again.sessions["supersedes agentActivity"].to_list(),
    ) == ([None], [T0])


def test_a_late_event_extends_the_session_before_it_within_the_inactivity():
    extension = [status(INACTIVITY, "b", received=LATE), status(2 * INACTIVITY, "c", received=LATE)]
    found = run(login(0, "a"), *extension)
    assert found[-1] == (5, 0, None, "inactivity", ["a", "b", "c"])


def test_a_late_logout_ends_the_session_before_it():
    found = run(
        login(0, "a"), logout(minutes(40), "b", received=LATE), status(minutes(50), "c", received=LATE)
    )
    assert found[1:] == [
        (5, 0, minutes(40), "end", ["a", "b"]),
        (5, minutes(50), None, "inactivity", ["c"]),
    ]


def test_a_late_event_beyond_the_inactivity_is_a_session_of_its_own():
    found = run(login(0, "a"), status(INACTIVITY + 1, "b", received=LATE))
    assert found[-1] == (5, INACTIVITY + 1, None, "inactivity", ["b"])


def test_a_late_event_after_a_logout_does_not_join_its_session():
    found = run(login(0, "a"), logout(minutes(5), "b"), status(minutes(6), "c", received=LATE))
    assert found[-1] == (5, minutes(6), None, "inactivity", ["c"])


def test_a_late_event_leads_to_the_session_after_it_that_no_login_opened():
    found = run(status(minutes(30), "b"), logout(minutes(35), "c"), status(minutes(5), "a", received=LATE))
    assert found[-1] == (5, minutes(5), minutes(35), "end", ["a", "b", "c"])


def test_a_late_login_opens_the_session_that_had_none_and_nothing_comes_before_it():
    found = run(
        status(minutes(30), "c"),
        logout(minutes(35), "d"),
        login(minutes(20), "b", received=LATE),
        status(minutes(10), "a", received=LATE),
    )
    assert found[1:] == [
        (5, minutes(10), minutes(10), "superseded", ["a"]),
        (5, minutes(20), minutes(35), "end", ["b", "c", "d"]),
    ]


def test_a_late_event_before_a_login_does_not_join_its_session():
    found = run(login(minutes(30), "b"), logout(minutes(35), "c"), status(minutes(5), "a", received=LATE))
    assert found[-1] == (5, minutes(5), minutes(5), "superseded", ["a"])


def test_a_bridging_event_joins_the_earlier_session_and_the_two_stay_two():
    found = run(
        status(0, "a"),
        status(minutes(100), "c"),
        logout(minutes(105), "d"),
        status(minutes(50), "b", received=LATE),
    )
    assert found == [
        (1, 0, None, "inactivity", ["a"]),
        (1, minutes(100), minutes(105), "end", ["c", "d"]),
        (5, 0, minutes(50), "superseded", ["a", "b"]),
    ]


def test_a_late_event_leaves_an_open_session_whole():
    # The first is published in hour 1; the second is open while the event between them comes.
    found = run(
        status(0, "a"),
        status(minutes(100), "c"),
        status(minutes(50), "b", received=minutes(121)),
        logout(minutes(130), "d"),
    )
    assert [(hour, ids) for hour, _, _, _, ids in found] == [(1, ["a"]), (2, ["a", "b"]), (2, ["c", "d"])]


def test_a_late_marker_splits_no_published_session():
    story = [login(0, "a"), status(minutes(5), "b"), logout(minutes(9), "c")]
    for late in (login(minutes(3), "x", received=LATE), logout(minutes(3), "x", received=LATE)):
        assert run(*story, late)[-1] == (5, 0, minutes(9), "end", ["a", "x", "b", "c"])


def test_a_late_login_in_the_millisecond_of_a_logout_belongs_to_the_next_session():
    found = run(login(0, "a"), logout(minutes(9), "b"), login(minutes(9), "x", received=LATE))
    assert found[-1] == (5, minutes(9), None, "inactivity", ["x"])


def test_a_late_logout_in_the_millisecond_of_a_login_belongs_to_the_session_before():
    found = run(login(0, "a"), login(minutes(9), "b"), logout(minutes(9), "x", received=LATE))
    assert found[-1] == (5, 0, minutes(9), "end", ["a", "x"])


def test_late_events_on_both_sides_of_a_published_session_are_two_sessions():
    late = [status(minutes(20), "x", received=LATE), status(minutes(50), "y", received=LATE)]
    found = run(login(minutes(30), "a"), logout(minutes(40), "b"), *late)
    assert [emission[4] for emission in found] == [["a", "b"], ["x"], ["y"]]


def test_a_session_cut_at_its_maximum_takes_what_comes_late_before_it_also_a_login():
    steps = [status(minutes(55) * step, f"s{step}") for step in range(1, 5)]
    late = login(MAXIMUM - 1, "x", received=10 * HOUR_MS)
    found = run(login(0, "in"), *steps, late)
    assert found[-1] == (10, 0, MAXIMUM, "maximum", ["in", "s1", "s2", "s3", "s4", "x"])


def test_a_late_event_at_the_maximum_is_a_session_of_its_own():
    steps = [status(minutes(55) * step, f"s{step}") for step in range(1, 5)]
    found = run(login(0, "in"), *steps, status(MAXIMUM, "x", received=10 * HOUR_MS))
    assert found[-1] == (10, MAXIMUM, None, "inactivity", ["x"])


def test_an_event_published_already_changes_nothing_when_it_is_sent_again():
    story = [login(0, "a"), status(minutes(5), "b"), logout(minutes(9), "c")]
    pipeline = Pipeline(rules=RULES)
    again = status(minutes(5), "b", received=LATE)
    assert run(*story, again, pipeline=pipeline) == run(*story)
    assert pipeline.recalls == 1


def test_an_id_published_already_with_other_content_is_a_dead_letter_and_stays_out():
    pipeline = Pipeline(rules=RULES)
    pipeline.run([login(0, "a"), status(minutes(5), "b"), logout(minutes(9), "c")], T0, T0 + HOUR_MS)
    other = status(minutes(6), "b", state=4, received=HOUR_MS)
    outcome = pipeline.run([other], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    assert (outcome.dead["reason"].to_list(), outcome.sessions.height) == (["conflicting_duplicate"], 0)
    more = status(minutes(7), "d", received=2 * HOUR_MS)
    outcome = pipeline.run([more], T0 + 2 * HOUR_MS, T0 + 3 * HOUR_MS)
    assert outcome.rows["eventId"].to_list() == ["a", "b", "d", "c"]


def test_a_late_heartbeat_that_changes_no_record_publishes_nothing():
    assert len(run(login(0, "a"), heartbeat(minutes(30), received=LATE))) == 1


@pytest.mark.parametrize(("version", "again"), [("1.0.0.4", True), ("1.0.0.35", False)])
def test_an_end_that_a_late_login_makes_known_is_news_only_where_the_record_had_none(version, again):
    rules = {NORTHWIND: replace(RULES[NORTHWIND], versions={"agentActivity": version})}
    story = [login(0, "a"), status(minutes(20), "b"), heartbeat(minutes(10), received=LATE)]
    found = run(*story, login(minutes(50), "c", received=LATE), pipeline=Pipeline(rules=rules))
    superseded = (5, 0, minutes(20), "superseded", ["a", "b"])
    assert found == [
        (1, 0, None, "inactivity", ["a", "b"]),
        *([superseded] if again else []),
        (5, minutes(50), None, "inactivity", ["c"]),
    ]


def test_a_late_heartbeat_holds_the_session_open_for_later_late_events():
    beat = heartbeat(minutes(50), received=LATE)
    found = run(login(0, "a"), beat, status(minutes(100), "b", received=LATE + HOUR_MS))
    assert found[-1] == (6, 0, None, "inactivity", ["a", "b"])


def test_an_account_that_drops_late_events_has_them_as_dead_letters():
    pipeline = Pipeline(rules=RULES)
    story = [e | {"accountId": CONTOSO} for e in (login(0, "a"), logout(minutes(9), "c"))]
    pipeline.run(story, T0, T0 + HOUR_MS)
    late = event("status", minutes(5), "b", account=CONTOSO, state=2, received=HOUR_MS)
    outcome = pipeline.run([late], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    assert outcome.dead.select("eventId", "reason").rows() == [("b", "late_dropped")]
    assert outcome.sessions.is_empty()


def test_what_was_dropped_stays_dropped_when_the_account_takes_late_events_again():
    dropping = Pipeline(rules={CONTOSO: RULES[CONTOSO]})
    story = [e | {"accountId": CONTOSO} for e in (login(0, "a"), logout(minutes(9), "c"))]
    dropping.run(story, T0, T0 + HOUR_MS)
    late = event("status", minutes(5), "b", account=CONTOSO, state=2, received=HOUR_MS)
    dropping.run([late], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    dropping.rules = {CONTOSO: next(iter(RULES.values()))}
    later = event("status", minutes(6), "d", account=CONTOSO, state=2, received=2 * HOUR_MS)
    outcome = dropping.run([later], T0 + 2 * HOUR_MS, T0 + 3 * HOUR_MS)
    assert outcome.rows["eventId"].to_list() == ["a", "d", "c"]


def test_old_events_imported_in_one_hour_make_the_sessions_they_would_have_made_then():
    old = [login(0, "a"), logout(minutes(9), "b"), status(minutes(200), "c")]
    found = run(*[e | {"receivedAt": T0 + 9 * HOUR_MS} for e in old])
    assert found == [(9, 0, minutes(9), "end", ["a", "b"]), (9, minutes(200), None, "inactivity", ["c"])]


def test_a_segment_that_was_sealed_late_belongs_to_the_hour_that_takes_it_in():
    pipeline = Pipeline(rules=RULES)
    pipeline.run([login(0, "a"), logout(minutes(9), "c")], T0, T0 + HOUR_MS)
    outcome = pipeline.run([status(minutes(5), "b")], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    assert outcome.sessions.select("hour", "supersedes agentActivity").rows() == [(T0 + HOUR_MS, T0)]
    assert outcome.rows["eventId"].to_list() == ["a", "b", "c"]


def test_a_longer_grace_does_not_touch_what_was_published_under_the_shorter_one():
    pipeline = Pipeline(rules=RULES)
    pipeline.run([login(0, "a"), logout(minutes(45), "c")], T0, T0 + HOUR_MS)
    pipeline.grace = minutes(50)
    outcome = pipeline.run([status(minutes(40), "b", received=HOUR_MS)], T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    assert outcome.rows["eventId"].to_list() == ["a", "b", "c"]
    assert outcome.sessions["supersedes agentActivity"].to_list() == [T0]
