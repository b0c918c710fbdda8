"""What goes, what stays, and in which order."""

import json
import threading
from pathlib import Path

import pytest
from tests.pipeline.retention.aging import KEEP, LENGTHS, LOOK_BACK, Aging, hour
from tests.pipeline.test_schedule import close, register
from tests.pipeline.world import NORTHWIND, agents, event, shift, write_text

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS
from trunkline.pipeline.carrying import index_key
from trunkline.pipeline.catalogue import Forgotten
from trunkline.pipeline.retention.needs import Keep
from trunkline.pipeline.retention.tidy import REMOVAL
from trunkline.pipeline.run import run
from trunkline.pipeline.types import KINDS
from trunkline.segments.layout import EVENTS, LETTERS, REGISTRATIONS, hour_name, manifest_key
from trunkline.segments.letters import dead_letter, encode

TYPE = "agentActivity"


@pytest.fixture
def world(tmp_path: Path) -> Aging:
    return Aging(tmp_path)


def publish(world: Aging, hours: int, first: int = 0) -> None:
    """A session in each of so many hours, each published when it is over."""
    for number in range(first, first + hours):
        world.received(*shift(hour(number) + MINUTE_MS, hour(number) + 9 * MINUTE_MS))
        world.run(hour(number + 1))


def tidy_through(world: Aging, now: int) -> None:
    """Tidy until nothing is left to remove of what is past its time at `now`."""
    world.tidy(now)
    world.tidy(now + KEEP.pause + 1, Keep(files=None, segments=None, letters=None, pause=KEEP.pause))


def hours_of(keys: list[str]) -> list[str]:
    return sorted({key.split("/")[1] for key in keys})


def test_a_file_is_unlisted_first_and_its_object_goes_when_downloads_that_began_have_found_it(
    world: Aging,
) -> None:
    publish(world, 3)
    keys = [file.key for file in world.listed()]
    due = hour(2) + KEEP.files  # type: ignore[operator]
    world.tidy(due)
    assert [file.key for file in world.listed()] == keys[1:]
    assert all(world.store.exists(key) for key in keys)
    world.tidy(due + KEEP.pause)
    assert all(world.store.exists(key) for key in keys)
    done = world.tidy(due + KEEP.pause + 1)
    assert (done.files, done.bytes > 0) == (1, True)
    assert list(world.store.list("files")) == keys[1:]


def test_a_download_that_has_begun_goes_on(world: Aging) -> None:
    publish(world, 1)
    (file,) = world.listed()
    whole = world.store.read(file.key)
    with world.store.open(file.key) as opened:
        beginning = opened.read(10)
        world.tidy(hour(20))
        world.tidy(hour(21))
        assert not world.store.exists(file.key)
        assert beginning + opened.read() == whole


def test_the_manifest_of_conversations_goes_with_its_file(world: Aging) -> None:
    publish(world, 1)
    (file,) = world.listed()
    (row,) = world.catalogue._rows[TYPE]
    object.__setattr__(row.files[0], "ids_key", f"{file.key}.ids")
    world.store.write(f"{file.key}.ids", b"ids")
    world.tidy(hour(20))
    world.tidy(hour(21))
    assert list(world.store.list("files")) == []


def test_segments_stay_as_long_as_a_listed_file_can_be_made_again_from_them(world: Aging) -> None:
    publish(world, 20)
    now = hour(20) + 1
    tidy_through(world, now)
    oldest_listed = world.listed()[0].scope_start
    assert oldest_listed == now - 1 - KEEP.files  # type: ignore[operator]
    # The run of the oldest file looked back as far as its only session allows.
    needed = oldest_listed + MINUTE_MS - LOOK_BACK
    assert hours_of(world.segments()) == [
        hour_name(hour(number)) for number in range(20) if hour(number + 1) > needed
    ]
    assert len(world.segments()) < 20
    report = world.rebuilt(hour(0), hour(20))
    assert report.gone_until == oldest_listed
    assert (len(report.sound), report.restored, report.differing) == (4, [], [])


def test_a_late_event_within_the_limit_finds_its_session_whatever_has_gone(world: Aging) -> None:
    publish(world, 20)
    tidy_through(world, hour(20) + 1)
    late = event("status", hour(18) + 6 * MINUTE_MS, state=4, receivedAt=hour(20) + MINUTE_MS)
    world.received(late)
    world.run(hour(21))
    again = world.listed()[-1]
    assert again.supersedes == (f"Agent.{hour(18)}.{hour(19)}.part-00000-0.gz",)


def test_nothing_goes_when_everything_is_kept_for_ever(world: Aging) -> None:
    publish(world, 20)
    before = list(world.store.list("files")), world.segments()
    done = world.tidy(hour(9999), Keep(files=None, segments=None, letters=None))
    assert (list(world.store.list("files")), world.segments()) == before
    assert (done.files, done.segments, done.runs, done.others) == (0, 0, 0, 0)


def test_the_newest_run_stays_and_the_next_goes_on_with_its_open_sessions(world: Aging) -> None:
    world.received(event("login", hour(0) + 55 * MINUTE_MS))
    world.run(hour(1))
    for _ in range(3):
        world.tidy(hour(500))
    world.received(event("logout", hour(1) + MINUTE_MS))
    world.run(hour(2))
    (record,) = world.records()
    assert record["metaData"]["startTime"] == {"long": hour(0) + 55 * MINUTE_MS}


def test_a_segment_that_another_kind_has_not_read_stays(world: Aging) -> None:
    publish(world, 20)
    both, segments = [TYPE, "visits"], world.segments()
    for now in (hour(20) + 1, hour(20) + 2 + KEEP.pause):
        world.tidy(now, kinds=both)
    assert world.segments() == segments
    for number in range(1, 21):
        run(
            world.store,
            world.catalogue,
            KINDS["visits"],
            work=world.folder / "visits",
            until_hour=hour(number),
            grace=10 * MINUTE_MS,
        )
    world.tidy(hour(20) + 2 + KEEP.pause, kinds=both)
    assert 0 < len(world.segments()) < 20
    assert world.run(hour(21)).segments == ()  # type: ignore[union-attr]


def test_a_segment_that_no_run_has_read_yet_stays_and_is_read(world: Aging) -> None:
    publish(world, 12)
    world.received(*shift(hour(1), hour(1) + 5 * MINUTE_MS, agent=7), collector="web-2")
    world.tidy(hour(20))
    (unread,) = [key for key in world.segments() if "web-2" in key]
    assert world.run(hour(13)).segments == (unread,)  # type: ignore[union-attr]


def test_a_kind_that_never_ran_holds_everything(world: Aging) -> None:
    publish(world, 20)
    world.tidy(hour(300), kinds=[TYPE, "visits"])
    assert len(world.segments()) == 20


def test_what_stands_beside_runs_and_segments_goes_with_them(world: Aging) -> None:
    register(world, "left", until=hour(1), closed=hour(1))
    register(world, "dead", closed=hour(2))
    register(world, "web-1", closed=hour(20))
    for number in range(20):
        close(world, "web-1", hour(number))
    write_letter(world, hour(3))
    write_letter(world, hour(18))
    publish(world, 20)
    world.store.write(f"state/{TYPE}/{hour_name(hour(2))}-0123456789abcdef.parquet", b"of a killed run")
    tidy_through(world, hour(20) + 1)
    kept = world.catalogue.past(TYPE)[0].first_hour
    names = [hour_name(hour(number)) for number in range(21) if hour(number) >= kept]
    for folder in ("state", index_key("state/")[:-1]):
        found = [key.split("/")[2].rsplit("-", 1)[0] for key in world.store.list(f"{folder}/{TYPE}")]
        assert found == names, folder
    markers = [key for key in world.store.list(EVENTS) if key.endswith(".closed.json")]
    assert hours_of(markers) == names[:-1]
    assert hours_of(list(world.store.list(LETTERS))) == [hour_name(hour(18))]
    assert list(world.store.list(REGISTRATIONS)) == ["collectors/web-1.json"]


def write_letter(world: Aging, at: int) -> None:
    text = encode([dead_letter("unknown_type", "type: unknown", at, b"{}", account_id=NORTHWIND)])
    key = write_text(world.store, at, text, [])
    for name in (key, manifest_key(key)):
        world.store.write(name.replace(EVENTS, LETTERS), world.store.read(name))
        world.store.delete(name)


def test_dead_letters_hold_what_their_replay_looks_back_at(world: Aging) -> None:
    write_letter(world, hour(3))
    publish(world, 20)
    world.tidy(hour(20) + 1, Keep(files=KEEP.files, segments=KEEP.segments, letters=DAY_MS, late=KEEP.late))
    assert len(world.segments()) == 20


def test_an_event_that_is_imported_keeps_what_its_run_looked_back_at(world: Aging) -> None:
    publish(world, 9)
    world.received(event("status", hour(1), eventId="imported", receivedAt=hour(9) + 1))
    world.run(hour(10))
    publish(world, 10, first=10)
    tidy_through(world, hour(13))
    assert len(world.segments()) == 20
    tidy_through(world, hour(20) + 1)
    assert len(world.segments()) < 20


def test_a_rebuild_of_hours_that_are_gone_says_so(world: Aging) -> None:
    publish(world, 20)
    assert world.rebuilt(hour(0), hour(20)).gone_until is None
    tidy_through(world, hour(20) + 1)
    report = world.rebuilt(hour(0), hour(3))
    assert report.gone_until == hour(16)
    assert (report.sound, report.restored, report.differing) == ([], [], [])


def test_a_state_that_cannot_be_made_again_is_named_with_its_remedy(world: Aging) -> None:
    publish(world, 20)
    tidy_through(world, hour(20) + 1)
    for key in list(world.store.list("state")):
        world.store.delete(key)
    with pytest.raises(Forgotten, match="bring state/ and index/ back"):
        world.run(hour(21))


def test_a_pipeline_that_planned_before_a_tidying_does_not_publish_what_it_half_saw(world: Aging) -> None:
    publish(world, 20)
    world.received(event("status", hour(18) + MINUTE_MS, eventId="late", receivedAt=hour(20) + 1))

    def overtaken(step: str, done: int, total: int) -> None:
        if step == "planned":
            world.catalogue._leases.clear()
            world.catalogue.forget(TYPE, hour(19))
            world.catalogue._leases[TYPE] = "first"

    with pytest.raises(Forgotten, match="past their time"):
        world.run(hour(21), progress=overtaken)
    world.run(hour(21))
    assert world.listed()[-1].scope_start == hour(20)


def test_while_a_run_is_at_work_nothing_of_its_kind_is_marked(world: Aging) -> None:
    publish(world, 20)
    world.received(*shift(hour(20), hour(20) + MINUTE_MS))
    busy = []

    def at_work(step: str, done: int, total: int) -> None:
        if step == "settled":
            busy.append(world.tidy(hour(20) + 1).busy)

    world.run(hour(21), progress=at_work)
    assert busy == [[TYPE]]
    assert len(world.listed()) == 21


def test_while_a_backup_is_taken_nothing_goes(world: Aging) -> None:
    publish(world, 20)
    before = len(world.listed()), world.segments()
    with world.catalogue.lease(REMOVAL, "backup"):
        assert "backup" in world.tidy(hour(20) + 1).held
    assert (len(world.listed()), world.segments()) == before
    assert world.tidy(hour(20) + 1).held == ""
    assert len(world.listed()) < before[0]


def test_of_two_at_once_one_does_it(world: Aging) -> None:
    publish(world, 20)
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(3):
                world.tidy(hour(20) + 1)
                world.tidy(hour(20) + 2 + KEEP.pause)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    world.assert_store_matches_catalogue()
    assert world.rebuilt(hour(16), hour(20)).differing == []
    assert world.run(hour(21)).segments == ()  # type: ignore[union-attr]


def test_a_dry_run_says_what_would_go_and_changes_nothing(world: Aging) -> None:
    publish(world, 20)
    before = sorted(world.store.list("files")), world.segments(), world.catalogue.past(TYPE)
    done = world.tidy(hour(20) + 1, dry_run=True)
    assert done.outlooks[TYPE].expires == hour(16)
    assert 0 < done.outlooks[TYPE].forgets < hour(16)
    assert (sorted(world.store.list("files")), world.segments(), world.catalogue.past(TYPE)) == before


def test_one_call_removes_no_more_than_it_is_told(world: Aging) -> None:
    publish(world, 20)
    world.tidy(hour(20) + 1, most=2)
    calls, now = 0, hour(20) + 2 + KEEP.pause
    while world.tidy(now, most=2).more:
        calls += 1
    assert calls > 3
    world.assert_store_matches_catalogue()
    assert not world.tidy(now).more


def test_longer_sessions_hold_segments_longer(world: Aging) -> None:
    publish(world, 20)
    world.rules[NORTHWIND] = agents(**LENGTHS | {"maximum": 9 * HOUR_MS})
    tidy_through(world, hour(20) + 1)
    assert len(world.segments()) == 20
    assert json.loads(world.store.read(manifest_key(world.segments()[0])))["hour"] == hour(0)
