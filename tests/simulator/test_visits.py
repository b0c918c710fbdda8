"""Visitors of one day, and those who come again."""

from collections import Counter

from simulator.told import Told
from trunkline.clock import DAY_MS, HOUR_MS, hour_of
from trunkline.events.visits import Impression, VisitEnded, VisitStarted
from trunkline.simulator.demonstration import NORTHWIND

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z


def test_as_many_visits_as_asked_for_come_mostly_by_day(told: Told) -> None:
    started = [event for event in told.events if isinstance(event, VisitStarted)]
    assert 0.75 * NORTHWIND.monday_visits < len(started) < 1.25 * NORTHWIND.monday_visits
    hours = Counter(hour_of(event.timestamp) % DAY_MS // HOUR_MS for event in started)
    assert sum(hours[hour] for hour in range(4)) * 5 < sum(hours[hour] for hour in range(9, 13))


def test_three_in_ten_chat_and_one_in_sixteen_begins_messaging(told: Told) -> None:
    visits = sum(1 for visit in told.visits if visit[0].timestamp < told.end - 4 * HOUR_MS)
    assert 0.2 < len(told.chats) / visits < 0.42
    assert 0.03 < len(told.messaging) / visits < 0.1


def test_some_visitors_say_goodbye_and_some_do_not(told: Told) -> None:
    old = [visit for visit in told.visits if visit[-1].timestamp < told.end - HOUR_MS]
    ended = sum(isinstance(visit[-1], VisitEnded) for visit in old) / len(old)
    assert 0.4 < ended < 0.8


def test_who_is_kept_out_of_an_experiment_sees_no_engagement(told: Told) -> None:
    kept_out = [visit for visit in told.visits if group_of(visit[0]) == "CONTROL"]
    assert kept_out
    assert not any(isinstance(event, Impression) for visit in kept_out for event in visit)


def group_of(event: object) -> str | None:
    assert isinstance(event, VisitStarted) and event.info
    return event.info.site_control_group


def test_visitors_return_on_other_days_as_the_same_person() -> None:
    first, second = (
        {
            event.visitor_id: event
            for event in Told.by(NORTHWIND, MONDAY + day * DAY_MS, 24).events
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
