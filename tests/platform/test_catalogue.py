"""The catalogue on the database: what is published, exactly once, and who may publish."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, OperationalError, connections
from tests.pipeline.catalogue_contract import CatalogueContract, RetentionContract
from tests.platform.conftest import CONTOSO, NORTHWIND, a_run, data_file

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import AlreadyPublished, CatalogueUnavailable, LeaseHeld, Run, SessionRules
from trunkline.platform.accounts import data_types
from trunkline.platform.actors import OPERATOR
from trunkline.platform.data_access import catalogue
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.platform.data_access.models import ConsumedSegment, Lease, PipelineRun, PublishedFile

HOUR = 1461387600000
TYPE = "agentActivity"

pytestmark = pytest.mark.django_db(databases="__all__")
real_transactions = pytest.mark.django_db(databases="__all__", transaction=True)


@real_transactions
class TestDatabaseCatalogue(CatalogueContract, RetentionContract):
    """What every catalogue must do."""

    @pytest.fixture
    def catalogue(self, make_account: Callable[..., Any]) -> DatabaseCatalogue:
        make_account(NORTHWIND, "Northwind", "UTC")
        make_account(CONTOSO, "Contoso", "UTC", on=False)
        return DatabaseCatalogue()


def a_full_run(first_hour: int = HOUR, **changes: Any) -> Run:
    files = (
        data_file(CONTOSO, first_hour, b"one"),
        data_file(NORTHWIND, first_hour, b"two"),
        data_file(NORTHWIND, first_hour, b"three", part=1, supersedes=("Agent.1.2.part-00000-0.gz",)),
    )
    values: dict[str, Any] = {
        "rules": {NORTHWIND: SessionRules(inactivity=MINUTE_MS, drop_late=True), CONTOSO: SessionRules()},
        "segments": (f"segments/{first_hour}/b.ndjson", f"segments/{first_hour}/a.ndjson"),
        "counts": {"events": 12, "sessions": 3},
    }
    return a_run(first_hour, *files, **values | changes)


def test_a_published_run_is_read_back_as_it_was() -> None:
    catalogue, run = DatabaseCatalogue(), a_full_run()
    assert catalogue.last_run(TYPE) is None
    catalogue.publish(run)
    assert catalogue.last_run(TYPE) == run
    assert catalogue.runs(TYPE, HOUR, HOUR + 1) == [run]


def test_publishing_the_same_run_again_changes_nothing() -> None:
    catalogue, run = DatabaseCatalogue(), a_full_run()
    catalogue.publish(run)
    stamps = list(PublishedFile.objects.values_list("published", flat=True))
    catalogue.publish(a_full_run(counts={"events": 12, "seconds": 99}))
    assert list(PublishedFile.objects.values_list("published", flat=True)) == stamps
    assert PipelineRun.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"watermark": HOUR},
        {"rules": {}},
        {"segments": ()},
        {"state": "elsewhere"},
        {"files": (data_file(NORTHWIND, HOUR, b"else"),)},
        {"end_hour": HOUR + 2 * HOUR_MS},
    ],
)
def test_the_same_hours_with_other_content_are_refused(other: dict[str, Any]) -> None:
    catalogue = DatabaseCatalogue()
    catalogue.publish(a_full_run())
    with pytest.raises(AlreadyPublished):
        catalogue.publish(replace(a_full_run(), **other))
    assert catalogue.last_run(TYPE) == a_full_run()


def test_equal_text_is_equal_content_whatever_the_compressor() -> None:
    catalogue, run = DatabaseCatalogue(), a_full_run()
    catalogue.publish(run)
    again = tuple(replace(file, bytes=file.bytes + 1, digest="f" * 64) for file in run.files)
    catalogue.publish(replace(run, files=again))
    assert catalogue.last_run(TYPE) == replace(run, files=again)


@pytest.mark.parametrize("hours", [-1, 0, 2])
def test_a_run_that_does_not_follow_the_last_one_is_refused(hours: int) -> None:
    catalogue = DatabaseCatalogue()
    catalogue.publish(a_full_run())
    with pytest.raises(AlreadyPublished):
        catalogue.publish(a_full_run(HOUR + hours * HOUR_MS, state="other"))
    catalogue.publish(a_full_run(HOUR + HOUR_MS))
    assert PipelineRun.objects.count() == 2


def test_the_first_run_may_begin_anywhere_and_each_data_type_has_its_own() -> None:
    catalogue = DatabaseCatalogue()
    catalogue.publish(a_full_run())
    catalogue.publish(a_run(HOUR + 9 * HOUR_MS, kind="visits", segments=a_full_run().segments))
    assert catalogue.last_run("visits") == a_run(
        HOUR + 9 * HOUR_MS, kind="visits", segments=a_full_run().segments
    )
    assert catalogue.last_run(TYPE) == a_full_run()


def test_runs_are_found_by_any_hour_that_they_published() -> None:
    catalogue = DatabaseCatalogue()
    runs = [a_run(HOUR, hours=3), a_run(HOUR + 3 * HOUR_MS), a_run(HOUR + 4 * HOUR_MS, hours=2)]
    for run in runs:
        catalogue.publish(run)
    assert catalogue.runs(TYPE, HOUR + 2 * HOUR_MS, HOUR + 4 * HOUR_MS) == runs[:2]
    assert catalogue.runs(TYPE, HOUR + 5 * HOUR_MS, HOUR + 9 * HOUR_MS) == runs[2:]
    assert catalogue.runs(TYPE, 0, HOUR) == []


def test_a_segment_that_was_read_is_known_and_is_not_read_by_a_second_run() -> None:
    catalogue = DatabaseCatalogue()
    many = tuple(f"segments/{n}" for n in range(1200))
    catalogue.publish(a_run(HOUR, segments=many))
    assert catalogue.consumed(TYPE, [*many, "segments/new"]) == set(many)
    assert catalogue.consumed("survey", many) == set()
    with pytest.raises(AlreadyPublished):
        catalogue.publish(a_run(HOUR + HOUR_MS, segments=("segments/new", "segments/7")))
    assert PipelineRun.objects.count() == 1
    assert ConsumedSegment.objects.count() == 1200


def test_files_come_in_order_of_hour_account_and_part() -> None:
    catalogue = DatabaseCatalogue()
    first, second = a_full_run(), a_full_run(HOUR + HOUR_MS)
    catalogue.publish(first)
    catalogue.publish(second)
    assert list(catalogue.files(TYPE, HOUR, HOUR + 2 * HOUR_MS)) == [*first.files, *second.files]
    assert list(catalogue.files(TYPE, HOUR + HOUR_MS, HOUR + 2 * HOUR_MS)) == list(second.files)


def of_agents(inactivity: int, maximum: int, version: str = "1.0.0.4") -> SessionRules:
    """Agents have no messaging conversations: nothing of theirs lasts longer than their sessions."""
    return SessionRules(
        inactivity=inactivity,
        maximum=maximum,
        messaging_inactivity=inactivity,
        messaging_maximum=maximum,
        versions={TYPE: version},
    )


def test_the_rules_are_those_of_accounts_that_have_the_type_switched_on(
    make_account: Callable[..., Any],
) -> None:
    make_account(NORTHWIND, "Northwind", "UTC")
    make_account(CONTOSO, "Contoso", "UTC", on=False)
    assert DatabaseCatalogue().rules(TYPE) == {NORTHWIND: of_agents(8 * HOUR_MS, 24 * HOUR_MS)}
    data_types.switch_on(
        OPERATOR, NORTHWIND, TYPE, heartbeats=True, maximum_hours=12, schema_version="1.0.0.35"
    )
    data_types.switch_on(OPERATOR, CONTOSO, TYPE, inactivity_minutes=5, drop_late=True)
    assert DatabaseCatalogue().rules(TYPE) == {
        NORTHWIND: of_agents(60 * MINUTE_MS, 12 * HOUR_MS, "1.0.0.35"),
        CONTOSO: replace(of_agents(5 * MINUTE_MS, 24 * HOUR_MS), drop_late=True),
    }
    data_types.switch_off(OPERATOR, NORTHWIND, TYPE)
    assert list(DatabaseCatalogue().rules(TYPE)) == [CONTOSO]


@real_transactions
def test_a_run_that_fails_half_way_is_not_there_at_all(monkeypatch: Any) -> None:
    def full(*_args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(PublishedFile.objects, "bulk_create", full)
    with pytest.raises(OSError, match="disk full"):
        DatabaseCatalogue().publish(a_full_run())
    assert PipelineRun.objects.count() == ConsumedSegment.objects.count() == 0


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of so many threads returned or raised, all started at one time."""
    together = threading.Barrier(count)
    results: list[Any] = []

    def one(number: int) -> None:
        together.wait()
        try:
            results.append(work(number))
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@real_transactions
def test_of_several_pipelines_that_publish_one_hour_at_once_one_wins() -> None:
    results = in_threads(8, lambda n: DatabaseCatalogue().publish(a_full_run(state=f"state of {n}")))
    assert sorted(map(type, results), key=str) == sorted([type(None)] + [AlreadyPublished] * 7, key=str)
    assert PipelineRun.objects.count() == 1
    assert PublishedFile.objects.count() == 3


@pytest.mark.parametrize("clash", [AlreadyPublished, IntegrityError])
def test_another_pipeline_may_publish_the_same_between_the_look_and_the_insert(
    clash: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    DatabaseCatalogue().publish(a_full_run())
    look, first = catalogue._is_published, [True]
    monkeypatch.setattr(catalogue, "_is_published", lambda run: False if first and first.pop() else look(run))

    def insert(*_: Any) -> None:
        raise clash("the other one was first")

    monkeypatch.setattr(catalogue, "_insert", insert)
    DatabaseCatalogue().publish(a_full_run())
    with pytest.raises(AlreadyPublished):
        DatabaseCatalogue().publish(a_full_run(state="other content"))


@real_transactions
def test_several_pipelines_that_publish_the_same_at_once_all_succeed() -> None:
    assert in_threads(8, lambda _n: DatabaseCatalogue().publish(a_full_run())) == [None] * 8
    assert PipelineRun.objects.count() == 1


@real_transactions
def test_a_lease_is_held_by_one_at_a_time_and_given_back() -> None:
    catalogue = DatabaseCatalogue()
    with catalogue.lease(TYPE, "one"):
        with pytest.raises(LeaseHeld, match="worked on by one"), catalogue.lease(TYPE, "two"):
            raise AssertionError("two pipelines at one time")
        with pytest.raises(LeaseHeld), catalogue.lease(TYPE, "one"):
            raise AssertionError("the same name twice")
        with catalogue.lease("survey", "two"):
            pass
    with catalogue.lease(TYPE, "two"):
        pass
    assert Lease.objects.count() == 0


@real_transactions
def test_a_lease_is_given_back_when_the_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), DatabaseCatalogue().lease(TYPE, "one"):
        _ = 1 / 0
    assert Lease.objects.count() == 0


@real_transactions
def test_of_several_pipelines_one_gets_the_lease() -> None:
    done = threading.Event()
    held: list[int] = []

    def work(number: int) -> None:
        with DatabaseCatalogue().lease(TYPE, f"worker {number}"):
            held.append(number)
            if len(held) == 1:
                done.wait(5)

    def work_and_tell(number: int) -> Any:
        try:
            return work(number)
        except LeaseHeld:
            refused.release()
            raise

    refused = threading.Semaphore(0)
    threading.Thread(target=lambda: [refused.acquire() for _ in range(5)] and done.set()).start()
    results = in_threads(6, work_and_tell)
    assert sorted(type(result).__name__ for result in results) == ["LeaseHeld"] * 5 + ["NoneType"]


@real_transactions
def test_the_lease_of_a_dead_holder_runs_out_by_itself() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as now:
        Lease.objects.create(kind=TYPE, token="dead 1", expires=1_800_000_300_000)
        now.move_to(1_800_000_300)
        with pytest.raises(LeaseHeld), DatabaseCatalogue().lease(TYPE, "next"):
            raise AssertionError("too early")
        now.move_to(1_800_000_301)
        with DatabaseCatalogue().lease(TYPE, "next"):
            assert Lease.objects.get().token.startswith("next ")


@real_transactions
def test_a_refused_lease_says_who_works_and_until_when() -> None:
    # 08:00 UTC; a lease that is not renewed lasts a minute.
    with (
        time_machine.travel(1_800_000_000, tick=False),
        DatabaseCatalogue().lease(TYPE, "one"),
        pytest.raises(LeaseHeld, match=r"worked on by one; .* 08:01:00 UTC"),
    ):
        DatabaseCatalogue().lease(TYPE, "two").__enter__()


@real_transactions
def test_a_database_that_goes_away_is_told_as_unavailable() -> None:
    def away(*_: object) -> None:
        raise OperationalError("the server closed the connection\n  a hint of the driver")

    catalogue = DatabaseCatalogue()
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(away))
        for ask in (
            lambda: catalogue.rules(TYPE),
            lambda: catalogue.last_run(TYPE),
            lambda: catalogue.runs(TYPE, 0, 1),
            lambda: catalogue.consumed(TYPE, ["a"]),
            lambda: catalogue.publish(a_run(HOUR)),
            lambda: list(catalogue.files(TYPE, 0, 1)),
            lambda: catalogue.kept_from(TYPE),
            lambda: catalogue.past(TYPE),
            lambda: catalogue.expire(TYPE, 1, 1),
            lambda: catalogue.expired_files(TYPE, 1, 1),
            lambda: catalogue.drop_files([data_file(NORTHWIND, HOUR)]),
            lambda: catalogue.forget(TYPE, 1),
            lambda: catalogue.forgotten(TYPE, 1),
            lambda: catalogue.held(TYPE, ["a"]),
            lambda: catalogue.drop_run(a_run(HOUR)),
            lambda: catalogue.file_tallies(0, 1),
            lambda: list(catalogue.account_counts(TYPE, 0, 1)),
            lambda: catalogue.lease(TYPE, "one").__enter__(),
        ):
            with pytest.raises(CatalogueUnavailable, match=r"closed the connection$"):
                ask()


@real_transactions
def test_a_lease_is_renewed_while_the_work_goes_on() -> None:
    with DatabaseCatalogue().lease(TYPE, "one", seconds=1):
        first = Lease.objects.get().expires
        for _ in range(100):
            if Lease.objects.get().expires > first:
                break
            threading.Event().wait(0.05)
        assert Lease.objects.get().expires > first
