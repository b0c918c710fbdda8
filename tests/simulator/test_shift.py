from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from trunkline.simulator.demonstration import NORTHWIND
from trunkline.simulator.shift import LONGEST_MS

YEAR = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
CENTRE = replace(NORTHWIND, agents=20)


def test_nobody_goes_from_a_night_to_a_morning() -> None:
    for agent in CENTRE.people:
        for day in YEAR:
            if CENTRE.rota.shift(agent, day) == "night":
                assert CENTRE.rota.shift(agent, day + timedelta(1)) not in ("early", "day")


def test_an_agents_duties_never_overlap_also_when_the_clock_changes() -> None:
    last: dict[int, int] = {}
    for day in YEAR:
        for duty in CENTRE.rota.duties(day):
            assert last.get(duty.agent.id, 0) < duty.start < duty.end
            assert duty.end - duty.start <= LONGEST_MS
            last[duty.agent.id] = duty.end


def test_duties_begin_on_their_day_in_the_centres_own_time() -> None:
    for day in YEAR:
        for duty in CENTRE.rota.duties(day):
            assert datetime.fromtimestamp(duty.start / 1000, UTC).astimezone(CENTRE.zone).date() == day


def test_all_shifts_are_worked_and_people_swap_and_fall_ill() -> None:
    worked = {CENTRE.rota.shift(agent, day) for agent in CENTRE.people for day in YEAR}
    assert worked == {"early", "day", "late", "night", None}
    on_days_off = [
        day
        for agent in CENTRE.people
        for day in YEAR
        if day.weekday() in agent.days_off and CENTRE.rota.shift(agent, day)
    ]
    days = sum(1 for agent in CENTRE.people for day in YEAR if CENTRE.rota.shift(agent, day))
    assert on_days_off
    assert 190 < days / len(CENTRE.people) < 255
