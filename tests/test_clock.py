from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import HOUR_MS, Clock, hour_of


def test_an_ordinary_clock_shows_real_time() -> None:
    assert Clock(real=lambda: 1465992202047).now() == 1465992202047


def test_a_fast_clock_starts_at_its_origin_and_runs_ahead() -> None:
    assert Clock(speed=60, origin=1000, real=lambda: 1000).now() == 1000
    assert Clock(speed=60, origin=1000, real=lambda: 2000).now() == 61000


def test_waiting_ends_when_the_instant_is_reached() -> None:
    clock = Clock(speed=3600)
    started = clock.now()
    clock.sleep_until(started + HOUR_MS // 60)
    assert clock.now() >= started + HOUR_MS // 60


@given(st.integers(min_value=0, max_value=2**45))
def test_an_instant_lies_in_its_hour(instant: int) -> None:
    start = hour_of(instant)
    assert start % HOUR_MS == 0
    assert start <= instant < start + HOUR_MS
