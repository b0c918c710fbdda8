"""What an operator is told: how far the files are, what came lately, and of every hour whether it is complete."""

from collections import Counter

from tests.pipeline.visitors import of_visitor, visit_rules
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, World, agents, event, shift

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import DEFAULT_GRACE
from trunkline.pipeline.hours import HourStatus, State, hours
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.status import Letters, Status, status
from trunkline.segments.letters import dead_letter
from trunkline.segments.recorder import Recorder
from trunkline.segments.replays import Retried, write_retried

TYPE = "agentActivity"


def told(world: World, now: int, kinds: tuple[str, ...] = (TYPE,)) -> Status:
    return status(world.catalogue, Letters(world.store), kinds, now)


def test_before_the_first_run_nothing_is_told(world: World) -> None:
    found = told(world, H0)
    assert (list(found.kinds), list(found.accounts)) == ([], [])


def test_how_far_the_files_are_and_how_many_sessions_go_on(world: World) -> None:
    world.received(
        *shift(H0, H0 + 9 * MINUTE_MS),
        *shift(H0 + MINUTE_MS, H0 + 90 * MINUTE_MS, 7),
        event("login", H0 + 2 * MINUTE_MS, 12, CONTOSO),
    )
    run = world.run(H0 + HOUR_MS)
    (kind,) = told(world, H0 + HOUR_MS + MINUTE_MS).kinds
    assert (kind.kind, kind.published_until, kind.lag) == (TYPE, H0 + HOUR_MS, MINUTE_MS)
    assert kind.watermark == H0 + HOUR_MS - DEFAULT_GRACE
    # Of agent 7 the log-in, the change of status and of concurrency at half-time; of agent 12 the log-in.
    assert (kind.open_sessions, kind.open_events) == (2, 4)
    assert kind.last_run == run


def test_several_hours_at_once_count_what_each_alone_counts(world: World) -> None:
    other = World(world.folder / "other")
    events = [
        one
        for agent in range(1, 5)
        for one in shift(
            H0 + agent * MINUTE_MS, H0 + agent * 50 * MINUTE_MS, agent, CONTOSO if agent == 3 else NORTHWIND
        )
    ]
    late = event("status", H0 + 3 * MINUTE_MS, 1, state=4, receivedAt=H0 + 3 * HOUR_MS)
    twice = {**events[0], "receivedAt": H0 + 5 * MINUTE_MS}
    for one in (world, other):
        one.received(*sorted([*events, late, twice], key=lambda event: event["receivedAt"]))
    world.run_all(H0 + 5 * HOUR_MS)
    other.run(H0 + 5 * HOUR_MS)
    at_once, hourly = (told(one, H0 + 5 * HOUR_MS).accounts for one in (other, world))
    assert at_once == hourly
    contoso, northwind = hourly
    assert (contoso.account_id, northwind.account_id) == (CONTOSO, NORTHWIND)
    assert +northwind.counts[TYPE] == Counter(events=14, late=1, duplicates=1, sessions=4, reemitted=1)
    assert +contoso.counts[TYPE] == Counter(events=4, sessions=1)
    its = [file for file in world.listed() if file.account_id == NORTHWIND]
    tally = northwind.files[TYPE]
    assert (tally.files, tally.records) == (len(its), 4)
    assert tally.newest == its[-1].scope_start == H0 + 3 * HOUR_MS


def test_counts_are_by_account_and_kind_and_files_by_data_type(world: World) -> None:
    world.catalogue = MemoryCatalogue(
        {TYPE: {NORTHWIND: agents()}, "visits": {NORTHWIND: visit_rules(on=("webSession",))}}
    )
    world.received(
        *shift(H0, H0 + 9 * MINUTE_MS), of_visitor("started", MINUTE_MS), of_visitor("ended", 2 * MINUTE_MS)
    )
    for kind in (TYPE, "visits"):
        world.kind = kind
        world.run(H0 + HOUR_MS, work_name=kind)
    (account,) = told(world, H0 + HOUR_MS, (TYPE, "visits")).accounts
    assert {kind: counts["sessions"] for kind, counts in account.counts.items()} == {TYPE: 1, "visits": 1}
    assert {name: tally.records for name, tally in account.files.items()} == {TYPE: 1, "webSession": 1}


def test_what_happened_before_lately_is_not_told(world: World) -> None:
    world.received(*shift(H0, H0 + 9 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    file_letters(world, H0)
    assert len(told(world, H0 + 3 * DAY_MS).accounts) == 2
    (account,) = told(world, H0 + 4 * DAY_MS).accounts
    assert (+account.counts[TYPE], account.files, account.letters) == (Counter(), {}, Counter())


def file_letters(world: World, at: int) -> str:
    recorder = Recorder(world.store, world.folder / "collector", "web-9")
    recorder.start(at)
    for account, reason in (
        (NORTHWIND, "too_late"),
        (NORTHWIND, "wrong_type"),
        (NORTHWIND, "too_late"),
        (None, "torn"),
    ):
        recorder.refuse(at + 1, [dead_letter(reason, "", at + 1, b"{}", account_id=account)])
    recorder.stop(at + HOUR_MS)
    (key,) = [key for key in world.store.list("deadletter") if key.endswith(".ndjson")]
    return key


def test_dead_letters_are_told_by_account_and_reason_until_they_are_replayed(world: World) -> None:
    key = file_letters(world, H0)
    letters = Letters(world.store)
    for _ in range(2):
        assert letters.counted(H0) == {NORTHWIND: {"too_late": 2, "wrong_type": 1}, "": {"torn": 1}}
    write_retried(world.store, key, Retried({NORTHWIND: {"unknown_type": 1}}, {}))
    assert letters.counted(H0) == {NORTHWIND: {"unknown_type": 1}}
    assert letters.counted(H0 + 9 * HOUR_MS) == {}


def test_letters_of_the_pipeline_itself_are_told_too(world: World) -> None:
    world.rules[NORTHWIND] = agents(drop_late=True)
    world.received(*shift(H0, H0 + 5 * MINUTE_MS))
    world.run(H0 + HOUR_MS)
    world.received(event("status", H0 + 4 * MINUTE_MS, state=4, receivedAt=H0 + HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    (account,) = told(world, H0 + 2 * HOUR_MS).accounts
    assert account.letters == {"late_dropped": 1}
    assert account.counts[TYPE]["late_dropped"] == 1


def test_an_hour_without_sessions_is_known_as_complete_without_a_file(world: World) -> None:
    world.received(*shift(H0, H0 + 9 * MINUTE_MS), *shift(H0 + 2 * HOUR_MS, H0 + 2 * HOUR_MS + MINUTE_MS, 7))
    world.run_all(H0 + 3 * HOUR_MS)

    def of(account: str) -> list[HourStatus]:
        return list(hours(world.catalogue, TYPE, TYPE, account, H0, H0 + 4 * HOUR_MS))

    assert of(NORTHWIND) == [
        HourStatus(H0, State.COMPLETE, files=1, records=1),
        HourStatus(H0 + HOUR_MS, State.COMPLETE),
        HourStatus(H0 + 2 * HOUR_MS, State.COMPLETE, files=1, records=1),
        HourStatus(H0 + 3 * HOUR_MS, State.WAITING),
    ]
    assert [one.state for one in of(CONTOSO)] == [State.COMPLETE] * 3 + [State.WAITING]
    assert [one.files for one in of(CONTOSO)] == [0] * 4


def test_an_hour_whose_files_are_gone_was_complete(world: World) -> None:
    for number in range(3):
        world.received(*shift(H0 + number * HOUR_MS, H0 + number * HOUR_MS + MINUTE_MS))
        world.run(H0 + (number + 1) * HOUR_MS)
    world.catalogue.expire(TYPE, H0 + 2 * HOUR_MS, H0 + DAY_MS)
    found = list(hours(world.catalogue, TYPE, TYPE, NORTHWIND, H0, H0 + 3 * HOUR_MS))
    assert [(one.state, one.files) for one in found] == [
        (State.PAST, 0),
        (State.PAST, 0),
        (State.COMPLETE, 1),
    ]
