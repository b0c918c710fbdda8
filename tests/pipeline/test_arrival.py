"""How events arrive, and the files that come of it: twice, out of order, after a writer stood still, from a wrong clock."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.pipeline.sending import TIMEOUT, Site, refusals
from tests.pipeline.world import H0, World, body, event, session_id, shift

from trunkline.clock import MINUTE_MS
from trunkline.segments.layout import LETTERS

ADA, BO = 9, 7


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    with Site(world, H0) as site:
        yield site


def published(world: World) -> list[tuple[int, list[tuple[int, int, list[int]]], list[int]]]:
    """Each file: its hour, its sessions (agent, start, types of the rows), the hours of the files that it supersedes; all in
    minutes since H0."""
    files = []
    for file, text in zip(world.listed(), world.texts().values(), strict=True):
        sessions = [told(json.loads(line)) for line in text.splitlines()]
        superseded = [minutes(int(name.split(".")[1])) for name in file.supersedes]
        files.append((minutes(file.scope_start), sessions, superseded))
    return files


def told(record: dict[str, Any]) -> tuple[int, int, list[int]]:
    rows = body(record)["agentSessionsData"]["array"]
    return (
        rows[0]["agentID"]["long"],
        minutes(record["metaData"]["startTime"]["long"]),
        [row["type"]["long"] for row in rows],
    )


def minutes(instant: int) -> int:
    return (instant - H0) // MINUTE_MS


def at(minute: float) -> int:
    return H0 + int(minute * MINUTE_MS)


def test_events_that_are_delivered_twice_are_published_once(site: Site) -> None:
    first, second = site.start("web-1"), site.start("web-2")
    ada = shift(at(1), at(30))
    site.pass_until(at(31))
    first.send(*ada)
    # The answer was lost: the producer sends the same again, to whichever collector answers; and once more an hour later.
    second.send(*ada[1:])
    site.publish_at_the_end_of(at(0))
    first.send(*ada)
    (run,) = site.publish_at_the_end_of(at(60))
    assert published(site.world) == [(0, [(ADA, 1, [3, 1, 1, 4])], [])]
    assert (run.files, run.counts["duplicates"]) == ((), 4)


def test_events_out_of_order_within_the_grace_make_the_same_file(site: Site) -> None:
    web = site.start("web-1")
    ada = shift(at(1), at(55))
    site.pass_until(at(56))
    web.send(ada[3])
    web.send(ada[0])
    site.publish_at_the_end_of(at(0))
    # The hour is over, but nothing after minute 50 is settled yet.
    site.pass_until(at(62))
    web.send(event("status", at(54), state=4))
    web.send(*ada[1:3])
    site.publish_at_the_end_of(at(60))
    assert published(site.world) == [(60, [(ADA, 1, [3, 1, 1, 1, 4])], [])]


def test_a_producer_that_stands_still_for_an_hour_sends_what_it_had_and_its_session_comes_again(
    site: Site,
) -> None:
    """Its spool outlived the pause. Meanwhile another system told of the log-out."""
    web = site.start("web-1")
    login, status, concurrency, logout = shift(at(1), at(30))
    site.pass_until(at(2))
    web.send(login)
    site.pass_until(at(31))
    web.send(logout)
    site.publish_at_the_end_of(at(0))
    site.pass_until(at(92))
    web.send(status, concurrency)
    site.publish_at_the_end_of(at(60))
    assert published(site.world) == [
        (0, [(ADA, 1, [3, 4])], []),
        (60, [(ADA, 1, [3, 1, 1, 4])], [0]),
    ]
    assert len(set(site.world.session_ids())) == 1


def test_a_collector_that_is_killed_for_an_hour_is_waited_for_so_long_and_its_events_come_late(
    site: Site,
) -> None:
    web, dying = site.start("web-1"), site.start("web-2")
    ada, bo = shift(at(1), at(30), ADA), shift(at(3), at(40), BO)
    site.pass_until(at(41))
    web.send(ada[0], ada[3], bo[0], bo[3])
    dying.send(*ada[1:3], *shift(at(5), at(20), 12))
    dying.kill()
    site.pass_until(at(60) + 1000)
    assert site.publish() == []
    site.pass_until(at(60) + TIMEOUT)
    assert len(site.publish()) == 1
    # Started again it seals what it had, closes the hours that passed, and is waited for no more.
    site.pass_until(at(95))
    site.start("web-2")
    assert len(site.publish_at_the_end_of(at(60))) == 1
    assert published(site.world) == [
        (0, [(BO, 3, [3, 4]), (ADA, 1, [3, 4])], []),
        (60, [(ADA, 1, [3, 1, 1, 4]), (12, 5, [3, 1, 1, 4])], [0]),
    ]
    assert len(site.publish_at_the_end_of(at(120))) == 1
    ids = [session_id(record) for record in site.world.records()]
    assert len(set(ids)) == 3


def test_an_hour_in_which_no_writer_ran_is_complete_without_a_file(site: Site) -> None:
    web = site.start("web-1")
    site.pass_until(at(31))
    web.send(*shift(at(1), at(30)))
    web.stop()
    site.pass_until(at(150))
    web = site.start("web-1")
    web.send(*shift(at(140), at(149)))
    runs = site.publish_at_the_end_of(at(120))
    assert runs[-1].end_hour == at(180)
    assert published(site.world) == [(0, [(ADA, 1, [3, 1, 1, 4])], []), (120, [(ADA, 140, [3, 1, 1, 4])], [])]


@pytest.mark.parametrize("ahead", [4, -4])
def test_a_sender_whose_clock_is_a_little_wrong_is_taken_by_its_own_word(site: Site, ahead: int) -> None:
    """Within five minutes ahead, and within the grace behind: the session stands at the times that it was told with."""
    web = site.start("web-1")
    for real, one in zip((10, 20, 21, 30), shift(at(10 + ahead), at(30 + ahead)), strict=True):
        site.pass_until(at(real))
        assert refusals(web.send(one)) == []
    site.publish_at_the_end_of(at(0))
    assert published(site.world) == [(0, [(ADA, 10 + ahead, [3, 1, 1, 4])], [])]


def test_a_sender_whose_clock_is_ahead_across_the_hour_is_published_when_that_time_has_come(
    site: Site,
) -> None:
    web = site.start("web-1")
    site.pass_until(at(59))
    web.send(*shift(at(40), at(63)))
    site.publish_at_the_end_of(at(0))
    assert published(site.world) == []
    site.publish_at_the_end_of(at(60))
    assert published(site.world) == [(60, [(ADA, 40, [3, 1, 1, 4])], [])]


def test_a_sender_whose_clock_is_far_ahead_is_refused_and_told(site: Site) -> None:
    web = site.start("web-1")
    site.pass_until(at(10))
    login, *others = shift(at(12), at(40))
    assert refusals(web.send(login, *others)) == ["future_timestamp"] * 3
    site.publish_at_the_end_of(at(0))
    assert published(site.world) == []
    assert sum(1 for key in site.world.store.list(LETTERS) if key.endswith(".ndjson")) == 1
    # Nobody can tell when it really was: what was taken closes by its silence.
    site.publish_at_the_end_of(at(540))
    assert published(site.world) == [(480, [(ADA, 12, [3])], [])]


def test_a_sender_whose_clock_is_two_hours_behind_is_late_all_the_time_and_loses_nothing(site: Site) -> None:
    web = site.start("web-1")
    site.pass_until(at(130))
    web.send(*shift(at(5), at(8), BO))
    site.publish_at_the_end_of(at(120))
    for real, one in zip((190, 200, 201, 220), shift(at(70), at(100)), strict=True):
        site.pass_until(at(real))
        web.send(one)
    site.publish_at_the_end_of(at(180))
    assert published(site.world) == [
        (120, [(BO, 5, [3, 1, 1, 4])], []),
        (180, [(ADA, 70, [3, 1, 1, 4])], []),
    ]


def test_a_clock_that_is_set_right_in_the_middle_splits_nothing_that_is_published(site: Site) -> None:
    """The log-out bears a time before the log-in: its session was closed by then, so it stands alone."""
    web = site.start("web-1")
    login, status, concurrency, logout = shift(at(20), at(34))
    site.pass_until(at(18))
    web.send(login)
    site.pass_until(at(26))
    web.send(status, concurrency)
    site.pass_until(at(27))
    web.send({**logout, "timestamp": at(19)})
    site.publish_at_the_end_of(at(0))
    site.publish_at_the_end_of(at(540))
    sessions = [one for _, its, _ in published(site.world) for one in its]
    assert sessions == [(ADA, 19, [4]), (ADA, 20, [3, 1, 1])]
