"""Dead letters that were replayed end where they belong: in their session, or in one of their own."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.visitors import of_visitor, visits_world
from tests.pipeline.world import H0, NORTHWIND, Event, World, agents, body, event, session_id, shift

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, Clock
from trunkline.collector.refusal import Refusal
from trunkline.collector.replay.replaying import Replayed, replay
from trunkline.collector.replay.selection import Selection
from trunkline.collector.replay.trial import Trial, kind_of
from trunkline.pipeline.joining import obstacles
from trunkline.pipeline.letters import written_by
from trunkline.segments.letters import dead_letter
from trunkline.segments.recorder import Recorder


def refused(world: World, *events: Event) -> None:
    """Dead letters of these events, as a collector of last week's vocabulary files them."""
    first = min(one["receivedAt"] for one in events)
    recorder = Recorder(world.store, world.folder / "collector", "web-9")
    recorder.start(first)
    for one in sorted(events, key=lambda one: one["receivedAt"]):
        sent = {name: value for name, value in one.items() if name not in ("receivedAt", "accountId")}
        letter = dead_letter(
            "unknown_field",
            "slots: not a member of this type",
            one["receivedAt"],
            json.dumps(sent).encode(),
            account_id=one["accountId"],
        )
        recorder.refuse(one["receivedAt"], [letter])
    recorder.stop(first + 2 * HOUR_MS)


def replayed(world: World, now: int, **selected: Any) -> Replayed:
    why_not = obstacles(world.catalogue, [world.kind])

    def obstacle(one: Any, letter: Any) -> Refusal | None:
        found = why_not(kind_of(one), letter.account_id, one.timestamp, letter.reason)
        return Refusal(0, None, *found) if found else None

    return replay(
        world.store,
        world.folder / "replay",
        "here",
        Clock(real=lambda: now),
        Selection(**selected),
        Trial(late_hours=72, backfill=False, publishable=(), obstacle=obstacle),
    )


def types(record: dict[str, Any]) -> list[int]:
    return [row["type"]["long"] for row in body(record)["agentSessionsData"]["array"]]


def test_a_replayed_event_joins_its_published_session_which_is_emitted_again(world: World) -> None:
    login, status, concurrency, logout = shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS)
    world.received(login, status, logout)
    refused(world, concurrency)
    world.run(H0 + HOUR_MS)
    assert replayed(world, H0 + 30 * HOUR_MS + 5).events == 1
    world.run_all(H0 + 31 * HOUR_MS, step=31 * HOUR_MS)
    world.run(H0 + 31 * HOUR_MS)
    first, again = world.records()
    assert session_id(first) == session_id(again)
    assert (types(first), types(again)) == ([3, 1, 4], [3, 1, 1, 4])
    assert first["metaData"] == again["metaData"]
    old, new = world.listed()
    assert new.supersedes == (old.name,)
    assert new.scope_start == H0 + 30 * HOUR_MS


def test_a_whole_session_that_was_refused_becomes_one_of_its_own(world: World) -> None:
    world.received(*shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS, agent=7))
    refused(world, *shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    assert replayed(world, H0 + 5 * HOUR_MS).events == 4
    world.run(H0 + 6 * HOUR_MS)
    other, own = world.records()
    assert types(own) == [3, 1, 1, 4]
    assert own["metaData"]["startTime"] == {"long": H0 + MINUTE_MS}
    assert session_id(own) != session_id(other)


def test_a_replayed_event_joins_a_session_that_is_still_open(world: World) -> None:
    login, status, concurrency, logout = shift(H0 + 50 * MINUTE_MS, H0 + 3 * HOUR_MS)
    world.received(login, status, logout)
    refused(world, event("status", H0 + 55 * MINUTE_MS, state=4))
    world.run(H0 + HOUR_MS)
    replayed(world, H0 + HOUR_MS + 5 * MINUTE_MS)
    world.run(H0 + 4 * HOUR_MS)
    (record,) = world.records()
    assert types(record) == [3, 1, 1, 4]
    assert concurrency["eventId"] not in json.dumps(record)


def test_an_event_that_was_sent_again_meanwhile_is_dropped_in_silence(world: World) -> None:
    whole = shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS)
    world.received(*whole)
    refused(world, whole[2])
    world.run(H0 + HOUR_MS)
    replayed(world, H0 + 5 * HOUR_MS)
    run = world.run(H0 + 6 * HOUR_MS)
    assert run is not None
    assert (run.files, run.counts["duplicates"], run.counts["conflicts"]) == ((), 1, 0)


def test_two_replays_of_one_letter_make_one_event(world: World) -> None:
    """As of two machines that did it at one time."""
    login, status, concurrency, logout = shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS)
    world.received(login, status, logout)
    refused(world, concurrency)
    replayed(world, H0 + 2 * HOUR_MS)
    (segment,) = [key for key in world.store.list("segments") if "replay-here" in key and "ndjson" in key]
    for key in (segment, segment.replace("ndjson", "json")):
        world.store.write(key.replace("here", "there"), world.store.read(key))
    world.run(H0 + 3 * HOUR_MS)
    _before, again = world.records()
    assert types(again) == [3, 1, 1, 4]


def test_late_events_that_were_dropped_pass_once_the_account_takes_them(world: World) -> None:
    world.rules[NORTHWIND] = agents(drop_late=True)
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    assert replayed(world, H0 + 3 * HOUR_MS).refused == {("late_dropped", "late_dropped"): 1}
    world.rules[NORTHWIND] = agents()
    assert replayed(world, H0 + 3 * HOUR_MS).passed == {"late_dropped": 1}
    world.run(H0 + 4 * HOUR_MS)
    first, again = world.records()
    assert session_id(first) == session_id(again)
    assert (types(first), types(again)) == ([3, 1, 1, 4], [3, 1, 1, 1, 4])


def test_letters_of_a_run_that_was_not_published_wait_until_it_is(world: World) -> None:
    """A run that is started again with more segments writes them anew, each perhaps in another line."""
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.rules[NORTHWIND] = agents(drop_late=True)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + HOUR_MS))

    def dies(step: str, done: int, total: int) -> None:
        if step == "letters-written":
            raise OSError("the disk is away")

    with pytest.raises(OSError, match="away"):
        world.run(H0 + 2 * HOUR_MS, progress=dies)
    world.rules[NORTHWIND] = agents()
    settled = {written_by(world.kind): H0 + HOUR_MS}
    assert replayed(world, H0 + 3 * HOUR_MS, settled=settled).passed == {}
    world.rules[NORTHWIND] = agents(drop_late=True)
    world.run(H0 + 2 * HOUR_MS)
    world.rules[NORTHWIND] = agents()
    settled = {written_by(world.kind): H0 + 2 * HOUR_MS}
    assert replayed(world, H0 + 3 * HOUR_MS, settled=settled).passed == {"late_dropped": 1}


def test_the_loser_of_two_events_of_one_id_stays_a_letter(world: World) -> None:
    world.received(
        *shift(H0, H0 + 5 * MINUTE_MS),
        event("status", H0 + 1000, eventId="one", state=3),
        event("status", H0 + 1000, eventId="one", state=4, receivedAt=H0 + 2000),
    )
    world.run(H0 + HOUR_MS)
    assert [reason for reason, _ in replayed(world, H0 + 2 * HOUR_MS).kept] == ["conflicting_duplicate"]


def test_an_event_whose_time_is_past_stays_a_letter(world: World) -> None:
    """Its session may be published, and nothing tells any more."""
    refused(world, event("status", H0 + MINUTE_MS, state=4))
    for day in range(40):
        world.received(*shift(H0 + day * DAY_MS, H0 + day * DAY_MS + MINUTE_MS, agent=7))
        world.run(H0 + (day + 1) * DAY_MS)
    world.catalogue.forget("agentActivity", H0 + 2 * DAY_MS)
    assert replayed(world, H0 + 41 * DAY_MS).refused == {("unknown_field", "past_its_time"): 1}


def test_a_replayed_event_of_a_visitor_ends_in_the_visit(tmp_path: Path) -> None:
    world, whole = visits_world(tmp_path / "world"), visits_world(tmp_path / "whole")
    started, ended = of_visitor("started", MINUTE_MS), of_visitor("ended", 9 * MINUTE_MS)
    pages = [of_visitor("page", n * MINUTE_MS, url=f"https://shop.example/{n}") for n in (2, 3, 4)]
    world.received(started, pages[0], pages[2], ended)
    refused(world, pages[1])
    world.run(H0 + HOUR_MS)
    assert replayed(world, H0 + 5 * HOUR_MS).events == 1
    world.run(H0 + 6 * HOUR_MS)
    whole.received(started, *pages, ended)
    whole.run(H0 + HOUR_MS)
    first, again = world.records()
    assert [again] == whole.records() != [first]
