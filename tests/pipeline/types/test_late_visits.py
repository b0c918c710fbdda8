"""Visits of which something comes late, out of order or twice: small stories, and the files that are to come of them."""

from pathlib import Path

import pytest
from tests.pipeline.visitors import (
    ALL,
    VISIT,
    files,
    in_chat,
    letters,
    line,
    of_survey,
    of_visitor,
    page,
    visit,
    visits_world,
)
from tests.pipeline.world import H0, Event, World

from trunkline.clock import HOUR_MS, MINUTE_MS

M = MINUTE_MS
LATE = 5 * HOUR_MS
"""Received in hour 5, long after everything of hour 0 was published."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return visits_world(tmp_path)


def test_out_of_order_within_the_grace_it_is_as_if_in_order(world: World) -> None:
    delays = [9, 0, 4, 8, 0, 7, 1]
    world.received(
        *(
            one | {"receivedAt": one["timestamp"] + delay * M}
            for one, delay in zip(visit(45 * M), delays, strict=True)
        )
    )
    world.run(H0 + HOUR_MS)
    assert files(world) == {}
    world.run(H0 + 2 * HOUR_MS)
    expected = {name.replace("0", "1"): records for name, records in VISIT.items()}
    assert files(world) == {
        name: [(start + 45 * M, end + 45 * M, words) for start, end, words in records]
        for name, records in expected.items()
    }


def test_what_is_delivered_twice_counts_once_also_after_it_was_published(world: World) -> None:
    again = [
        one | {"receivedAt": one["receivedAt"] + later} for one in visit() for later in (1, HOUR_MS, LATE)
    ]
    world.received(*visit(), *again)
    world.run_all(H0 + 7 * HOUR_MS)
    assert files(world) == VISIT
    assert letters(world) == []


def test_an_id_sent_again_with_other_content_is_a_dead_letter_and_changes_nothing(world: World) -> None:
    other = page(M, url="boots", receivedAt=2 * M)
    world.received(*visit(), other, other | {"receivedAt": H0 + LATE, "url": "hats"})
    world.run_all(H0 + 7 * HOUR_MS)
    assert files(world) == VISIT
    assert letters(world) == ["conflicting_duplicate"] * 2


@pytest.mark.parametrize("version", ["1.0.0.22", "1.0.0.35"])
def test_a_late_page_inside_of_a_visit_publishes_its_web_session_again_and_nothing_else(
    tmp_path: Path, version: str
) -> None:
    world = visits_world(tmp_path, version)
    world.received(*visit(), page(2 * M, url="boots", receivedAt=LATE))
    world.run_all(H0 + 7 * HOUR_MS)
    assert files(world) == VISIT | {"webSession 5": [(0, 10 * M, ["shoes", "boots"])]}
    (file,) = [file for file in world.listed() if file.supersedes]
    assert file.supersedes == (f"WebSession.{H0}.{H0 + HOUR_MS}.part-00000-0.gz",)


@pytest.mark.parametrize("late", [of_survey("shown", M, receivedAt=LATE), line(M, "late", receivedAt=LATE)])
def test_a_late_survey_or_line_publishes_no_web_session_again(world: World, late: Event) -> None:
    world.received(*visit(), late)
    world.run_all(H0 + 7 * HOUR_MS)
    name = {"survey": "survey 5", "conversation": "engagement 5"}[late["type"].split(".")[0]]
    assert set(files(world)) == {*VISIT, name}


def test_a_late_page_before_the_first_event_changes_the_start_of_all_three(world: World) -> None:
    world.received(*visit()[1:], page(0, url="first", receivedAt=LATE))
    world.run_all(H0 + 7 * HOUR_MS)
    after = files(world)
    assert {after[f"{name} 0"][0][:2] for name in ALL} == {(M, 10 * M)}
    assert {after[f"{name} 5"][0][:2] for name in ALL} == {(0, 10 * M)}


@pytest.mark.parametrize(("version", "changed"), [("1.0.0.22", ("webSession",)), ("1.0.0.35", ALL)])
def test_a_late_page_after_the_last_event_changes_the_others_only_where_they_tell_of_the_last_event(
    tmp_path: Path, version: str, changed: tuple[str, ...]
) -> None:
    world = visits_world(tmp_path, version)
    world.received(*visit()[:-1], page(20 * M, url="last", receivedAt=LATE))
    world.run_all(H0 + 7 * HOUR_MS)
    assert {name for name in files(world) if name.endswith("5")} == {f"{name} 5" for name in changed}


def test_a_late_page_before_the_maximum_leaves_the_end_as_it_was_told(world: World) -> None:
    says = [line(step * 20 * M, f"{step}") for step in range(18)]
    world.received(*says, page(359 * M, url="late", receivedAt=9 * HOUR_MS))
    world.run_all(H0 + 11 * HOUR_MS)
    assert set(files(world)) == {"engagement 6", "webSession 9"}
    assert files(world)["webSession 9"] == [(0, 360 * M, ["late"])]


def test_a_late_end_of_a_visit_changes_all_three(world: World) -> None:
    world.received(*visit()[:-1], of_visitor("ended", 10 * M, receivedAt=LATE))
    world.run_all(H0 + 7 * HOUR_MS)
    after = files(world)
    assert {after[f"{name} 0"][0][1] for name in ALL} == {5 * M}
    assert {after[f"{name} 5"][0][1] for name in ALL} == {10 * M}


def test_a_late_arrival_or_end_inside_of_a_published_visit_splits_nothing(world: World) -> None:
    markers = [of_visitor(what, 2 * M, receivedAt=LATE) for what in ("started", "ended")]
    world.received(*visit(), *markers)
    world.run_all(H0 + 7 * HOUR_MS)
    assert files(world) == VISIT


def test_what_shows_nowhere_in_the_record_publishes_nothing_again(world: World) -> None:
    scores = [in_chat("scored", 4 * M, score=5), in_chat("scored", 3 * M, score=1, receivedAt=LATE)]
    queued = [in_chat("queued", 2 * M), in_chat("queued", 3 * M, receivedAt=LATE)]
    shown = of_survey("shown", 9 * M, receivedAt=LATE)
    world.received(*visit(), of_survey("shown", 8 * M), *scores, *queued, shown)
    world.run_all(H0 + 7 * HOUR_MS)
    assert {name.split()[1] for name in files(world)} == {"0"}
    assert not [file for file in world.listed() if file.supersedes]


@pytest.mark.parametrize("at_once", [False, True])
def test_what_changes_the_record_after_that_supersedes_the_file_that_stands(
    world: World, at_once: bool
) -> None:
    void = [of_visitor("started", 2 * M, receivedAt=LATE + hour * HOUR_MS) for hour in (0, 1, 3)]
    pages = [page(3 * M, url="boots", receivedAt=LATE + 2 * HOUR_MS)]
    pages.append(page(4 * M, url="hats", receivedAt=LATE + 4 * HOUR_MS))
    world.received(*visit(), *(one | {"eventId": f"late-{n}"} for n, one in enumerate([*void, *pages])))
    if at_once:
        world.run(H0 + 12 * HOUR_MS)
    else:
        world.run_all(H0 + 12 * HOUR_MS)
    assert set(files(world)) == {*VISIT, "webSession 7", "webSession 9"}
    superseding = [file.supersedes for file in world.listed() if file.supersedes]
    hours = [
        f"WebSession.{H0 + hour * HOUR_MS}.{H0 + (hour + 1) * HOUR_MS}.part-00000-0.gz" for hour in (0, 7)
    ]
    assert sorted(superseding) == sorted((name,) for name in hours)


def test_a_page_between_two_published_visits_joins_the_earlier_one(world: World) -> None:
    world.received(page(0, url="a"), page(40 * M, url="c"), page(20 * M, url="b", receivedAt=LATE))
    world.run_all(H0 + 7 * HOUR_MS)
    assert files(world) == {
        "webSession 0": [(0, 0, ["a"])],
        "webSession 1": [(40 * M, 40 * M, ["c"])],
        "webSession 5": [(0, 20 * M, ["a", "b"])],
    }


def test_an_account_that_drops_late_events_has_them_as_dead_letters(tmp_path: Path) -> None:
    world = visits_world(tmp_path, drop_late=True)
    world.received(*visit(), page(2 * M, receivedAt=LATE), in_chat("scored", 3 * M, score=5, receivedAt=LATE))
    world.run_all(H0 + 7 * HOUR_MS)
    assert files(world) == VISIT
    assert letters(world) == ["late_dropped"] * 2
