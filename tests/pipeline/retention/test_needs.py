"""The rules of retention: nothing goes that something still needs."""

from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import DAY_MS, HOUR_MS
from trunkline.pipeline.catalogue import PastRun
from trunkline.pipeline.retention.needs import (
    Awaited,
    Keep,
    collectors_until,
    expires_until,
    forgets_until,
    letters_until,
)

T0 = 1_465_992_000_000
LONGEST = 10 * HOUR_MS

lengths = st.none() | st.integers(1, 40 * 24).map(lambda hours: hours * HOUR_MS)
keeps = st.builds(
    Keep,
    files=lengths,
    segments=lengths,
    letters=lengths,
    late=st.integers(0, 100).map(lambda n: n * HOUR_MS),
)
awaited_things = st.builds(
    Awaited,
    collectors=st.lists(st.integers(-500, 500).map(lambda n: T0 + n * HOUR_MS), max_size=3),
    letters=st.none() | st.integers(0, 500).map(lambda n: T0 + n * HOUR_MS),
    unread=st.none() | st.integers(0, 500 * HOUR_MS).map(lambda n: T0 + n),
)


@st.composite
def pasts(draw: st.DrawFn) -> list[PastRun]:
    """Runs that follow each other, some of several hours, some published late, some that looked back far."""
    runs, first, published = [], T0, T0
    for _ in range(draw(st.integers(0, 40))):
        end = first + draw(st.sampled_from([1, 1, 1, 3, 24])) * HOUR_MS
        published = max(end, published) + draw(st.sampled_from([0, 5, 3 * HOUR_MS, 5 * DAY_MS]))
        back = draw(st.sampled_from([1, 30, 30, 200, 10**4])) * HOUR_MS
        runs.append(PastRun(first_hour=first, end_hour=end, published=published, reach=max(T0, end - back)))
        first = end
    return runs


def forgotten(past: list[PastRun], until: int) -> list[PastRun]:
    return [run for run in past if run.end_hour <= until]


@given(past=pasts(), awaited=awaited_things, keep=keeps, age=st.integers(0, 100 * 24))
def test_nothing_is_forgotten_that_is_still_needed(
    past: list[PastRun], awaited: Awaited, keep: Keep, age: int
) -> None:
    now = (past[-1].published if past else T0) + age * HOUR_MS
    until = forgets_until(past, awaited, LONGEST, now, keep)
    gone = forgotten(past, until)
    if not gone:
        return
    assert past[-1] not in gone
    assert keep.segments is not None
    assert all(run.published < now - keep.segments for run in gone)
    listed = expires_until(past, now, keep)
    for number, run in enumerate(past):
        if run.end_hour > listed:
            # To make its files again: itself, the run before it, and all that it looked back at.
            needed = [one for one in past[:number] if one.end_hour > run.reach]
            assert not {run, *past[max(number - 1, 0) : number], *needed} & set(gone)
    oldest = min(
        [past[-1].end_hour, *(max(one, now - keep.segments) for one in awaited.collectors)]
        + ([] if awaited.letters is None else [awaited.letters])
    )
    for late in [oldest - keep.late, *([] if awaited.unread is None else [awaited.unread])]:
        # The session of a late event may have ended `LONGEST` before it, and begun as long before that.
        assert all(run.end_hour <= late - 2 * LONGEST for run in gone)


@given(past=pasts(), awaited=awaited_things, keep=keeps)
def test_in_the_end_all_goes_but_the_last_run_and_the_one_before(
    past: list[PastRun], awaited: Awaited, keep: Keep
) -> None:
    """What was published holds nothing for ever, nor does a collector that never came back."""
    if len(past) < 2 or keep.segments is None or keep.files is None:
        return
    end = past[-1].end_hour
    idle = PastRun(
        first_hour=end,
        end_hour=end + 400 * DAY_MS,
        published=past[-1].published + 400 * DAY_MS,
        reach=end + 300 * DAY_MS,
    )
    now = idle.published + 1000 * DAY_MS
    awaited = Awaited(collectors=awaited.collectors)
    assert expires_until([*past, idle], now, keep) == idle.end_hour
    assert forgets_until([*past, idle], awaited, LONGEST, now, keep) == past[-2].end_hour


@given(past=pasts(), keep=keeps, age=st.integers(0, 100 * 24))
def test_files_are_listed_for_their_time_from_publication_on(
    past: list[PastRun], keep: Keep, age: int
) -> None:
    now = (past[-1].published if past else T0) + age * HOUR_MS
    until = expires_until(past, now, keep)
    for run in past:
        assert (run.end_hour <= until) == (keep.files is not None and run.published < now - keep.files)


@given(past=pasts(), keep=keeps, age=st.integers(0, 100 * 24))
def test_letters_stay_for_their_time_also_those_that_a_late_run_wrote(
    past: list[PastRun], keep: Keep, age: int
) -> None:
    now = (past[-1].published if past else T0) + age * HOUR_MS
    until = letters_until([past], now, keep)
    if keep.letters is None:
        assert until == 0
        return
    assert until <= now - keep.letters
    written = [run.end_hour - HOUR_MS for run in past if run.published >= now - keep.letters]
    assert all(hour + HOUR_MS > until for hour in written)


def test_what_is_kept_for_ever_is_never_past_its_time() -> None:
    keep = Keep(files=None, segments=None, letters=None)
    past = [
        PastRun(first_hour=T0 + n * HOUR_MS, end_hour=T0 + (n + 1) * HOUR_MS, published=T0, reach=0)
        for n in range(9)
    ]
    now = T0 + 10**4 * DAY_MS
    assert expires_until(past, now, keep) == letters_until([past], now, keep) == 0
    assert forgets_until(past, Awaited(), LONGEST, now, keep) == collectors_until(now, keep) == 0
