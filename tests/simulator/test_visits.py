"""Visitors, from their coming to their going."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, hour_of
from trunkline.events.conversations import ConversationEvent, ConversationRequested, ConversationType
from trunkline.events.envelope import Event
from trunkline.events.surveys import SurveyEvent
from trunkline.events.visits import (
    AttributesSet,
    Eligible,
    GoalAchieved,
    Impression,
    ImpressionType,
    PageViewed,
    VisitEnded,
    VisitorEvent,
    VisitStarted,
)
from trunkline.simulator.demonstration import NORTHWIND

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z
Visit = list[Event]


def is_chat(event: Event) -> bool:
    return isinstance(event, ConversationEvent) and event.conversation_type is ConversationType.LIVE_CHAT


def visits_of(events: list[Event]) -> Iterator[Visit]:
    """As the pipeline tells them apart: by their start, their end, and half an hour without an event."""
    visit: Visit = []
    for event in events:
        silent = visit and event.timestamp - visit[-1].timestamp >= 30 * MINUTE_MS
        if silent or isinstance(event, VisitStarted):
            yield visit
            visit = []
        visit.append(event)
        if isinstance(event, VisitEnded):
            yield visit
            visit = []
    yield visit


@pytest.fixture(scope="session")
def by_visitor(events: list[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if isinstance(event, VisitorEvent) or is_chat(event) or isinstance(event, SurveyEvent):
            visitor = getattr(event, "visitor_id", None)
            if visitor is not None:
                found[visitor].append(event)
    return found


@pytest.fixture(scope="session")
def visits(by_visitor: dict[str, list[Event]]) -> list[Visit]:
    """Those that began after the first hours: what was before midnight is not known."""
    found = [visit for events in by_visitor.values() for visit in visits_of(events) if visit]
    return [visit for visit in found if visit[0].timestamp > MONDAY + 6 * HOUR_MS]


def test_every_visit_begins_with_its_start(visits: list[Visit]) -> None:
    assert len(visits) > 1000
    assert all(isinstance(visit[0], VisitStarted) for visit in visits)


def test_some_visitors_say_goodbye_and_some_do_not(visits: list[Visit]) -> None:
    old = [visit for visit in visits if visit[-1].timestamp < MONDAY + 23 * HOUR_MS]
    ended = sum(isinstance(visit[-1], VisitEnded) for visit in old) / len(old)
    assert 0.4 < ended < 0.8


def test_a_visit_shows_pages_and_each_comes_from_the_one_before(visits: list[Visit]) -> None:
    for visit in visits:
        pages = [event for event in visit if isinstance(event, PageViewed)]
        assert pages
        assert all(after.referrer_url == before.url for before, after in pairwise(pages))


def test_a_chat_lies_in_its_visit(visits: list[Visit]) -> None:
    where: dict[str, int] = {}
    for number, visit in enumerate(visits):
        for event in visit:
            if isinstance(event, ConversationEvent):
                assert where.setdefault(event.conversation_id, number) == number
    assert len(where) > 300


def test_a_survey_of_a_visitor_lies_in_a_visit_too(visits: list[Visit]) -> None:
    surveys = [event for visit in visits for event in visit[1:] if isinstance(event, SurveyEvent)]
    assert len(surveys) > 300


def test_no_two_events_of_a_visitor_share_a_millisecond(by_visitor: dict[str, list[Event]]) -> None:
    for events in by_visitor.values():
        assert all(before.timestamp < after.timestamp for before, after in pairwise(events))


def test_a_visitor_is_invited_before_accepting_and_eligible_before_that(visits: list[Visit]) -> None:
    for visit in visits:
        met: set[int | None] = set()
        shown: set[str | None] = set()
        for event in visit:
            if isinstance(event, Eligible):
                met |= {one.campaign.id for one in event.eligible_campaigns if one.campaign}
            if isinstance(event, Impression):
                assert event.campaign is not None and event.campaign.id in met
                assert (event.engagement_instance_id in shown) == (
                    event.impression_type is not ImpressionType.SHOW
                )
                shown.add(event.engagement_instance_id)


def test_a_chat_follows_an_engagement_that_was_accepted(visits: list[Visit]) -> None:
    for visit in visits:
        accepted: set[int | None] = set()
        for event in visit:
            if isinstance(event, Impression) and event.impression_type is ImpressionType.ACCEPT:
                assert event.engagement is not None
                accepted.add(event.engagement.id)
            if isinstance(event, ConversationRequested) and event.start_reason == 0:
                assert event.campaign_engagement_id in accepted


def test_who_is_kept_out_of_an_experiment_sees_no_engagement(visits: list[Visit]) -> None:
    kept_out = [
        visit
        for visit in visits
        if isinstance(visit[0], VisitStarted)
        and visit[0].info
        and visit[0].info.site_control_group == "CONTROL"
    ]
    assert kept_out
    assert not any(isinstance(event, Impression) for visit in kept_out for event in visit)


def test_all_kinds_of_attributes_and_goals_occur(visits: list[Visit]) -> None:
    attributes: Counter[str] = Counter()
    goals: Counter[str] = Counter()
    for visit in visits:
        for event in visit:
            if isinstance(event, AttributesSet | GoalAchieved):
                kinds = attributes if isinstance(event, AttributesSet) else goals
                names = event.__struct_fields__[event.__struct_fields__.index("context_id") + 1 :]
                kinds.update(
                    name for name in names if "goal_" not in name and getattr(event, name) is not None
                )
    assert len(attributes) == 9
    assert len(goals - Counter({"achievement_id": goals["achievement_id"]})) == 6


def test_visitors_return_on_other_days_as_the_same_person() -> None:
    first, second = (
        {
            event.visitor_id: event
            for _, event in NORTHWIND.arrivals(MONDAY + day * DAY_MS, MONDAY + (day + 1) * DAY_MS)
            if isinstance(event, VisitStarted)
        }
        for day in (0, 1)
    )
    again = first.keys() & second.keys()
    assert 0.05 * len(first) < len(again) < 0.5 * len(first)
    for visitor in again:
        before, after = first[visitor], second[visitor]
        assert before.geo == after.geo and before.context_id == after.context_id
        assert before.info and after.info and before.info.user_agent == after.info.user_agent


def test_session_ids_are_given_once(visits: list[Visit]) -> None:
    given = [visit[0].session_id for visit in visits if isinstance(visit[0], VisitStarted)]
    ids = [one for one in given if one]
    assert 0 < len(ids) < len(given)
    assert len(set(ids)) == len(ids)


def test_as_many_visits_as_asked_for_come_mostly_by_day(visits: list[Visit], events: list[Event]) -> None:
    started = [event for event in events if isinstance(event, VisitStarted)]
    assert 0.75 * NORTHWIND.monday_visits < len(started) < 1.25 * NORTHWIND.monday_visits
    hours = Counter(hour_of(event.timestamp) % DAY_MS // HOUR_MS for event in started)
    assert sum(hours[hour] for hour in range(4)) * 5 < sum(hours[hour] for hour in range(9, 13))
