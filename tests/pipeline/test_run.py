"""Runs over real segments: what they publish, and that it depends on nothing but the segments."""

import json
from collections.abc import Callable

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pipeline.world import (
    CONTOSO,
    H0,
    NORTHWIND,
    World,
    agents,
    body,
    event,
    session_id,
    shift,
    write_text,
)

from trunkline import schemas
from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import AlreadyPublished, LeaseHeld
from trunkline.pipeline.compaction import DamagedSegment
from trunkline.pipeline.plan import Limits
from trunkline.segments.layout import LETTERS

NewWorld = Callable[[str], World]
DAY = 24 * HOUR_MS


def busy_events(agents: int = 12) -> list[dict[str, object]]:
    """Twelve hours of two accounts: shifts of all lengths, some without log-out, one over every hour edge."""
    events = []
    for agent in range(1, agents + 1):
        account = NORTHWIND if agent % 3 else CONTOSO
        for number in range(4):
            start = H0 + number * 3 * HOUR_MS + agent * 7 * MINUTE_MS
            events += shift(start, start + (20 + 11 * agent) * MINUTE_MS, 100 + agent, account)
        events.append(event("login", H0 + 13 * HOUR_MS + agent, 100 + agent, account))
    return sorted(events, key=lambda one: one["receivedAt"])


def test_a_session_is_in_the_file_of_the_hour_that_closed_it(world: World) -> None:
    world.received(*shift(H0 + MINUTE_MS, H0 + HOUR_MS + MINUTE_MS))
    assert world.run(H0 + HOUR_MS) is not None
    assert world.files() == {}
    world.run(H0 + 2 * HOUR_MS)
    ((account, name),) = world.files()
    assert account == NORTHWIND
    assert name == f"Agent.{H0 + HOUR_MS}.{H0 + 2 * HOUR_MS}.part-00000-0.gz"


def test_nothing_is_run_twice_and_an_hour_with_nothing_has_no_file(world: World) -> None:
    world.received(*shift(H0 + MINUTE_MS, H0 + 9 * MINUTE_MS))
    world.run_all(H0 + 4 * HOUR_MS)
    assert world.run(H0 + 4 * HOUR_MS) is None
    assert len(world.files()) == 1
    last = world.catalogue.last_run("agentActivity")
    assert last is not None
    assert (last.end_hour, last.segments, last.files) == (H0 + 4 * HOUR_MS, (), ())


def test_a_store_without_segments_has_nothing_to_run(world: World) -> None:
    assert world.run(H0) is None


def test_catching_up_gives_what_hour_by_hour_gives(world: World, new_world: NewWorld) -> None:
    other = new_world("other")
    for one in (world, other):
        one.received(*busy_events())
    world.run_all(H0 + DAY)
    other.run(H0 + DAY)
    assert world.files() == other.files()
    assert len(world.files()) > 15
    world.assert_store_matches_catalogue()


def test_catching_up_with_late_events_gives_what_hour_by_hour_gives(
    world: World, new_world: NewWorld
) -> None:
    other, hours_late = new_world("other"), (1, 3, 5, 8)
    for one in (world, other):
        one.received(*busy_events())
        for agent in (101, 102, 104):
            for late in hours_late:
                at = H0 + agent % 100 * 7 * MINUTE_MS + late
                again = event("status", at, agent, state=3, receivedAt=H0 + late * HOUR_MS)
                one.received(again, collector=f"late-{agent}-{late}")
    world.run_all(H0 + DAY)
    other.run(H0 + DAY)
    assert world.files() == other.files()
    listed = [list(one.catalogue.files("agentActivity", 0, 2**62)) for one in (world, other)]
    assert [file.supersedes for file in listed[0]] == [file.supersedes for file in listed[1]]
    assert any(file.supersedes for file in listed[0])


def test_the_size_of_the_buckets_changes_no_byte(world: World, new_world: NewWorld) -> None:
    other = new_world("other")
    for one in (world, other):
        one.received(*busy_events())
    world.run(H0 + DAY)
    other.run(H0 + DAY, Limits(bucket_events=1))
    assert world.files() == other.files()


def test_a_run_again_from_the_start_gives_the_same_bytes(world: World, new_world: NewWorld) -> None:
    other = new_world("other")
    for one in (world, other):
        one.received(*busy_events())
        one.run_all(H0 + DAY, 6 * HOUR_MS)
    assert world.files() == other.files()


def test_records_stand_in_the_order_of_actor_start_and_id(world: World) -> None:
    world.received(*busy_events())
    world.run(H0 + DAY)
    for text in world.texts().values():
        places = []
        for line in text.splitlines():
            rows = body(json.loads(line))["agentSessionsData"]["array"]
            places.append((rows[0]["agentID"]["long"], rows[0]["timestamp"]["long"]))
        assert places == sorted(places)


def test_accounts_are_never_mixed(world: World) -> None:
    world.received(*busy_events())
    world.run(H0 + DAY)
    for (account, _), text in world.texts().items():
        other = CONTOSO if account == NORTHWIND else NORTHWIND
        assert other not in text
        assert account in text


def test_an_account_that_is_switched_off_gets_nothing(world: World) -> None:
    del world.rules[CONTOSO]
    world.received(*busy_events())
    world.run(H0 + DAY)
    assert {account for account, _ in world.files()} == {NORTHWIND}


def test_an_account_switched_off_between_two_runs_loses_its_open_sessions_only(world: World) -> None:
    world.received(*shift(H0, H0 + 90 * MINUTE_MS), *shift(H0, H0 + 90 * MINUTE_MS, 12, CONTOSO))
    world.run(H0 + HOUR_MS)
    del world.rules[CONTOSO]
    world.run(H0 + 3 * HOUR_MS)
    assert [account for account, _ in world.files()] == [NORTHWIND]


def test_files_are_cut_at_record_boundaries(world: World, new_world: NewWorld) -> None:
    whole = new_world("whole")
    events = [one for agent in range(1, 30) for one in shift(H0, H0 + 9 * MINUTE_MS, agent)]
    for one in (world, whole):
        one.received(*events)
    whole.run(H0 + HOUR_MS)
    world.run(H0 + HOUR_MS, Limits(part_bytes=5000, bucket_events=3))
    (text,) = whole.texts().values()
    parts = world.texts()
    assert [name.split("part-")[1] for _, name in parts] == [f"{n:05d}-0.gz" for n in range(len(parts))]
    assert len(parts) > 5
    assert "".join(parts.values()) == text
    assert all(len(part) <= 5000 and part.endswith("\n") for part in parts.values())
    listed = list(world.catalogue.files("agentActivity", 0, 2**62))
    assert sum(file.records for file in listed) == 29


def test_a_record_longer_than_a_part_is_a_part(world: World) -> None:
    world.received(*shift(H0, H0 + MINUTE_MS), *shift(H0, H0 + MINUTE_MS, 7))
    world.run(H0 + HOUR_MS, Limits(part_bytes=10))
    assert [text.count("\n") for text in world.texts().values()] == [1, 1]


def test_a_segment_that_is_sealed_late_joins_the_next_run(world: World) -> None:
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(*shift(H0 + MINUTE_MS, H0 + 6 * MINUTE_MS, 7), collector="web-2")
    world.run(H0 + 2 * HOUR_MS)
    assert [name.split(".")[1] for _, name in world.files()] == [str(H0), str(H0 + HOUR_MS)]
    assert len(world.records()) == 2


def test_a_late_event_has_its_session_emitted_again_under_the_same_id(world: World) -> None:
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + 3 * HOUR_MS))
    world.run(H0 + 4 * HOUR_MS)
    first, again = world.records()
    assert session_id(first) == session_id(again)
    assert (
        len(body(again)["agentSessionsData"]["array"]) == len(body(first)["agentSessionsData"]["array"]) + 1
    )
    *_, newest = world.catalogue.files("agentActivity", 0, 2**62)
    assert newest.supersedes == (f"Agent.{H0}.{H0 + HOUR_MS}.part-00000-0.gz",)


def test_a_late_event_finds_its_session_when_compacted_segments_are_gone(world: World) -> None:
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    for key in list(world.store.list("compact")):
        world.store.delete(key)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    assert len(set(world.session_ids())) == 1
    assert len(world.records()) == 2


def test_late_events_that_an_account_drops_are_dead_letters(world: World) -> None:
    world.rules[NORTHWIND] = agents(drop_late=True)
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    assert len(world.records()) == 1
    manifest, lines = sorted(world.store.list(LETTERS))
    (letter,) = [json.loads(line) for line in world.store.read(lines).splitlines()]
    assert letter["reason"] == "late_dropped"
    assert letter["accountId"] == NORTHWIND
    assert json.loads(letter["body"])["state"] == 4
    assert json.loads(world.store.read(manifest))["types"] == {"late_dropped": 1}


def test_two_events_of_one_id_and_other_content_keep_the_first_and_a_letter(world: World) -> None:
    world.received(
        *shift(H0, H0 + 5 * MINUTE_MS),
        event("status", H0 + 1000, eventId="one", state=3),
        event("status", H0 + 1000, eventId="one", state=4, receivedAt=H0 + 2000),
    )
    world.run(H0 + HOUR_MS)
    states = [row["state"]["long"] for row in body(world.records()[0])["agentSessionsData"]["array"]]
    assert 3 in states
    assert 4 not in states
    assert len(list(world.store.list(LETTERS))) == 2


def test_the_next_run_carries_on_when_the_rules_change(world: World) -> None:
    world.received(*shift(H0, H0 + 90 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.rules[NORTHWIND] = agents("1.0.0.35")
    world.run(H0 + 2 * HOUR_MS)
    assert world.records()[0]["metaData"]["com.liveperson.dataaccess.MetaData"]["schemaVersion"] == "1.0.0.35"


def test_what_was_published_stays_when_the_grace_grows(world: World) -> None:
    world.received(*shift(H0, H0 + 45 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(event("status", H0 + 44 * MINUTE_MS, state=4, receivedAt=H0 + 65 * MINUTE_MS))
    world.run(H0 + 2 * HOUR_MS, grace=50 * MINUTE_MS)
    first, again = world.records()
    assert session_id(first) == session_id(again)
    assert first["metaData"] == again["metaData"]


def test_runs_that_fail_again_and_again_do_not_fill_the_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(run: object) -> None:
        raise OSError("the database is away")

    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    with monkeypatch.context() as patched:
        patched.setattr(world.catalogue, "publish", away)
        for _ in range(3):
            (world.folder / "work").mkdir(exist_ok=True)
            for folder in (world.folder / "work").iterdir():
                (folder / "part").write_bytes(b"what a failed attempt has left")
                (folder / "carry").mkdir(exist_ok=True)
            with pytest.raises(OSError, match="away"):
                world.run(H0 + HOUR_MS)
    kept = [path for path in (world.folder / "work").rglob("*") if path.name in ("part", "carry")]
    assert not kept
    world.run(H0 + HOUR_MS)
    assert not list((world.folder / "work").iterdir())
    world.assert_store_matches_catalogue()


def test_a_torn_line_is_named(world: World) -> None:
    text = b'{"group":0,"bytes":5,"crc32":0}\n{"type":"agent.login","eve'
    key = write_text(world.store, H0, text, [event("login", H0)])
    with pytest.raises(DamagedSegment, match=f"{key}: line 2 "):
        world.run(H0 + HOUR_MS)
    assert world.files() == {}


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b"Ada", b"Eve"),
        lambda text: text.replace(b'"group": 1', b'"group": 2'),
        lambda text: text.replace(b'"crc32": ', b'"crc32": 1', 1),
        lambda text: text[text.index(b'{"group": 1') :],
        lambda text: text[: text.index(b'{"group": 1')],
        lambda text: text + text[-40:].replace(b"\n", b" "),
        lambda text: text + b"\n",
    ],
    ids=["a line", "a number", "a checksum", "no head", "no tail", "torn tail", "a longer tail"],
)
def test_a_damaged_segment_stops_the_run(world: World, damage: Callable[[bytes], bytes]) -> None:
    (key,) = world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.store.write(key, damage(world.store.read(key)))
    with pytest.raises(DamagedSegment, match=key):
        world.run(H0 + HOUR_MS)
    assert world.files() == {}


def test_a_second_pipeline_is_kept_out_by_the_lease(world: World) -> None:
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))

    def second(step: str, done: int, total: int) -> None:
        if step == "planned":
            with pytest.raises(LeaseHeld):
                world.run(H0 + HOUR_MS)

    world.run(H0 + HOUR_MS, progress=second)
    assert len(world.records()) == 1


def test_a_pipeline_that_slept_through_its_lease_cannot_replace_what_is_listed(world: World) -> None:
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))

    def overtaken(step: str, done: int, total: int) -> None:
        if step == "built":
            world.catalogue._leases.clear()
            world.received(*shift(H0, H0 + 6 * MINUTE_MS, 7), collector="web-2")
            world.run(H0 + HOUR_MS, work_name="second")
            world.catalogue._leases["agentActivity"] = "first"

    with pytest.raises(AlreadyPublished):
        world.run(H0 + HOUR_MS, progress=overtaken)
    listed = list(world.catalogue.files("agentActivity", 0, 2**62))
    assert [file.records for file in listed] == [2]
    world.run(H0 + 2 * HOUR_MS)
    world.assert_store_matches_catalogue()


ODD = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ["", "\u2028\u2029", "\U0001f600", "שלום", 'quo"te\\', "\x01\x1f\x7f", "e\u0301", "</script>"]
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=ODD,
    nickname=ODD | st.none(),
    agent=st.integers(-(2**63), 2**63 - 1),
    version=st.sampled_from(["1.0.0.4", "1.0.0.35"]),
)
def test_every_string_and_number_comes_out_as_it_went_in(
    new_world: NewWorld, name: str, nickname: str | None, agent: int, version: str
) -> None:
    world = new_world(f"{abs(hash((name, nickname, agent, version)))}")
    world.rules[NORTHWIND] = agents(version)
    login = event("login", H0, agent, userName=name, state=2)
    if nickname is not None:
        login["nickname"] = nickname
    world.received(login, event("logout", H0 + 1000, agent, userName=name))
    world.run(H0 + HOUR_MS)
    (text,) = world.texts().values()
    assert '{"string":null}' not in text
    assert '{"long":null}' not in text
    lines = [line for line in text.split("\n") if line]
    (record,) = fastavro.json_reader(iter(lines), schemas.load("agentActivity", version))
    row = record["recordCollection"][0]["body"]["agentSessionsData"][0]
    assert (row["agentID"], row["agentUsername"], row["agentNickname"]) == (agent, name, nickname)


def test_an_independent_reader_decodes_and_writes_what_we_wrote(world: World) -> None:
    world.received(*busy_events())
    world.run(H0 + DAY)
    for (account, _), text in world.texts().items():
        schema = schemas.load("agentActivity", world.rules[account].versions["agentActivity"])
        records = list(fastavro.json_reader(iter(text.splitlines()), schema))
        assert len(records) == text.count("\n")
        assert all(fastavro.validate(record, schema) for record in records)
