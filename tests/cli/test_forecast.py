"""When a disk is full: the rule against a slow world of blocks, and what must hold whatever the numbers."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.cli.filling import filling, grows
from trunkline.cli.forecast import HORIZON, Forecast, Growing, forecast
from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS

few = settings(max_examples=25, deadline=None)
"""A year of hours is looked at each time."""
NOW = 1_795_600_800_000 + 20 * MINUTE_MS
END = NOW - 20 * MINUTE_MS


def even(size: float, hours: int, keep_hours: int | None = None, measured: bool = True) -> Growing:
    """The same in each of the last hours."""
    back = {END - number * HOUR_MS: size for number in range(1, hours + 1)}
    return Growing(back, keep_hours and keep_hours * HOUR_MS, measured)


@st.composite
def growings(draw: Any) -> list[Growing]:
    def one() -> Growing:
        hours = draw(st.integers(24, 200))
        sizes = draw(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
        back = {END - number * HOUR_MS: float(sizes[number % len(sizes)]) for number in range(1, hours + 1)}
        return Growing(back, draw(st.none() | st.integers(1, 250).map(lambda hour: hour * HOUR_MS)))

    return [one() for _ in range(draw(st.integers(1, 3)))]


def in_a_slow_world(growing: list[Growing], free: float) -> int | None:
    """Blocks come at the forecast's rates, and go one by one when they are too old."""
    known = forecast(growing, free, NOW)
    assert known is not None
    worlds = []
    for one in growing:
        came = sum(size for hour, size in one.hours.items() if END - known.window <= hour < END)
        keep = math.inf if one.keep is None else max(one.keep, END - min(one.hours))
        worlds.append((dict(one.hours), came * HOUR_MS / known.window, keep))
    begin = sum(sum(blocks.values()) for blocks, _, _ in worlds)
    for hour in range(END, END + 600 * HOUR_MS, HOUR_MS):
        for blocks, rate, keep in worlds:
            blocks[hour] = rate
            for old in [at for at in blocks if at <= hour - keep]:
                del blocks[old]
        if sum(sum(blocks.values()) for blocks, _, _ in worlds) - begin >= free:
            return hour + HOUR_MS
    return None


@few
@given(growings(), st.integers(1, 200_000))
def test_it_is_full_when_blocks_that_come_and_go_fill_it(growing: list[Growing], free: int) -> None:
    found = forecast(growing, free, NOW)
    assert found is not None
    expected = in_a_slow_world(growing, free)
    if expected is None:
        assert found.full is None or found.full > END + 590 * HOUR_MS
    else:
        assert found.full is not None
        assert abs(found.full - expected) <= HOUR_MS


@few
@given(growings(), st.integers(1, 200_000), st.integers(0, 100_000))
def test_more_room_is_never_full_sooner(growing: list[Growing], free: int, more: int) -> None:
    assert full(growing, free + more) >= full(growing, free)


@few
@given(growings(), st.integers(1, 200_000), st.integers(1, 300))
def test_what_is_kept_for_ever_is_never_full_later(growing: list[Growing], free: int, keep: int) -> None:
    for_ever = [Growing(one.hours, None) for one in growing]
    assert full(for_ever, free) <= full(growing, free)
    longer = [Growing(one.hours, one.keep and one.keep + keep * HOUR_MS) for one in growing]
    assert full(longer, free) <= full(growing, free) + HOUR_MS


@few
@given(st.integers(1, 1000), st.integers(24, 400), st.integers(1, 10_000_000))
def test_kept_for_ever_it_is_full_when_the_rate_has_filled_it(size: int, hours: int, free: int) -> None:
    expected = END + math.ceil(free / size) * HOUR_MS
    assert full([even(size, hours)], free) == (expected if expected <= END + HORIZON else math.inf)


@few
@given(st.integers(1, 1000), st.integers(24, 400))
def test_a_disk_from_which_as_much_goes_as_comes_is_never_full(size: int, hours: int) -> None:
    assert full([even(size, hours, keep_hours=hours)], size + 1) == math.inf


def test_less_than_a_day_says_nothing() -> None:
    assert forecast([], 1, NOW) is None
    assert forecast([even(10, 23)], 1, NOW) is None
    assert forecast([even(10, 23), even(10, 1000, measured=False)], 1, NOW) is None
    assert forecast([even(10, 24)], 1, NOW) is not None


def test_the_rate_is_that_of_the_last_week() -> None:
    quiet_then_busy = even(100, 7 * 24).hours | {END - number * HOUR_MS: 1.0 for number in range(169, 800)}
    found = forecast([Growing(quiet_then_busy, None)], 1, NOW)
    assert found == Forecast(7 * DAY_MS, 100, END + HOUR_MS)


@pytest.mark.parametrize(
    "found, said",
    [
        (
            Forecast(7 * DAY_MS, 1e9, NOW + 23 * DAY_MS),
            "the last 7 days, 24.0 GB a day, it is full in 23 days (about 18 Dec 2026)",
        ),
        (
            Forecast(DAY_MS, 1e6, NOW + DAY_MS),
            "the last day, 24.0 MB a day, it is full in 1 day (about 26 Nov 2026)",
        ),
        (Forecast(2 * DAY_MS, 0, None), "the last 2 days, 0 bytes a day, it is not full within a year"),
    ],
    ids=["weeks", "tomorrow", "never"],
)
def test_it_is_said_with_its_rate(found: Forecast, said: str) -> None:
    assert grows(found, NOW) == f"at the rate of {said}"


@pytest.mark.parametrize("days, told", [(0, [True]), (2.9, [True]), (3, [False]), (29.9, [False]), (30, [])])
def test_a_month_is_a_warning_and_three_days_are_an_error(days: float, told: list[bool]) -> None:
    disks = {Path("/data"): Forecast(7 * DAY_MS, 1, NOW + int(days * DAY_MS))}
    assert [finding.unsafe for finding in filling(disks, NOW)] == told


def full(growing: list[Growing], free: float) -> float:
    found = forecast(growing, free, NOW)
    assert found is not None
    return math.inf if found.full is None else found.full
