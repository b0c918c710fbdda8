"""What every catalogue must do. A subclass in a test module gives `catalogue`, with Northwind switched on."""

from dataclasses import replace

import pytest

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import (
    AlreadyPublished,
    Catalogue,
    DataFile,
    LeaseHeld,
    RetainingCatalogue,
    Run,
    SessionRules,
)

TYPE = "agentActivity"
HOUR = 1461387600000
NORTHWIND = "75555851"


def a_file(hour: int, part: int = 0, account: str = NORTHWIND, text: str = "a") -> DataFile:
    name = f"Agent.{hour}.{hour + HOUR_MS}.part-{part:05d}-0.gz"
    return DataFile(
        account_id=account,
        data_type=TYPE,
        scope_start=hour,
        part=part,
        name=name,
        key=f"files/{account}/{TYPE}/{name}",
        bytes=10,
        digest="d" * 64,
        text_digest=text * 64,
        records=1,
        schema_version="1.0.0.4",
        supersedes=("Agent.1.2.part-00000-0.gz",),
    )


def a_run(hour: int, *files: DataFile, hours: int = 1) -> Run:
    return Run(
        kind=TYPE,
        first_hour=hour,
        end_hour=hour + hours * HOUR_MS,
        watermark=hour,
        rules_version="1",
        rules={NORTHWIND: SessionRules(inactivity=5, drop_late=True)},
        segments=(f"segments/{hour}/a.ndjson", f"segments/{hour}/b.ndjson"),
        state=f"state/{TYPE}/{hour}.parquet",
        files=files,
        counts={"sessions": len(files)},
    )


class CatalogueContract:
    def test_what_was_published_is_found(self, catalogue: Catalogue) -> None:
        run = a_run(HOUR, a_file(HOUR), a_file(HOUR, 1))
        catalogue.publish(run)
        assert catalogue.last_run(TYPE) == run
        assert list(catalogue.runs(TYPE, HOUR, HOUR + 1)) == [run]
        assert list(catalogue.files(TYPE, HOUR, HOUR + 1)) == list(run.files)

    def test_an_empty_catalogue_has_no_last_run(self, catalogue: Catalogue) -> None:
        assert catalogue.last_run(TYPE) is None
        assert list(catalogue.runs(TYPE, 0, 2**62)) == []

    def test_publishing_again_changes_nothing(self, catalogue: Catalogue) -> None:
        run = a_run(HOUR, a_file(HOUR))
        catalogue.publish(run)
        catalogue.publish(replace(run, counts={"other": 1}))
        assert list(catalogue.runs(TYPE, 0, 2**62)) == [run]

    def test_other_content_for_the_same_hours_is_refused(self, catalogue: Catalogue) -> None:
        catalogue.publish(a_run(HOUR, a_file(HOUR)))
        with pytest.raises(AlreadyPublished):
            catalogue.publish(a_run(HOUR, a_file(HOUR, text="b")))
        assert [file.text_digest for file in catalogue.files(TYPE, 0, 2**62)] == ["a" * 64]

    def test_a_run_that_does_not_follow_the_last_is_refused(self, catalogue: Catalogue) -> None:
        catalogue.publish(a_run(HOUR))
        for first in (HOUR - HOUR_MS, HOUR + 2 * HOUR_MS):
            with pytest.raises(AlreadyPublished):
                catalogue.publish(a_run(first))

    def test_a_segment_is_read_by_one_run_only(self, catalogue: Catalogue) -> None:
        first, second = a_run(HOUR), a_run(HOUR + HOUR_MS)
        catalogue.publish(first)
        assert catalogue.consumed(TYPE, [*first.segments, *second.segments]) == set(first.segments)
        with pytest.raises(AlreadyPublished):
            catalogue.publish(replace(second, segments=first.segments[:1]))

    def test_runs_are_found_by_any_of_their_hours(self, catalogue: Catalogue) -> None:
        long, short = a_run(HOUR, hours=3), a_run(HOUR + 3 * HOUR_MS)
        catalogue.publish(long)
        catalogue.publish(short)
        assert list(catalogue.runs(TYPE, HOUR + 2 * HOUR_MS, HOUR + 3 * HOUR_MS)) == [long]
        assert list(catalogue.runs(TYPE, 0, 2**62)) == [long, short]

    def test_files_come_by_hour_account_and_part(self, catalogue: Catalogue) -> None:
        files = [a_file(HOUR, 1), a_file(HOUR), a_file(HOUR + HOUR_MS)]
        catalogue.publish(a_run(HOUR, *reversed(files), hours=2))
        assert list(catalogue.files(TYPE, HOUR, HOUR + 2 * HOUR_MS)) == [files[1], files[0], files[2]]
        assert list(catalogue.files(TYPE, HOUR + HOUR_MS, HOUR + 2 * HOUR_MS)) == [files[2]]

    def test_the_public_keys_of_a_run_are_read_back(self, catalogue: Catalogue) -> None:
        run = a_run(HOUR, a_file(HOUR))
        other = "28045150"
        keys = {NORTHWIND: "one key", other: "another key", "75555852": "one key"}
        run = replace(run, rules={account: SessionRules(public_key=key) for account, key in keys.items()})
        catalogue.publish(run)
        catalogue.publish(
            replace(run, first_hour=run.end_hour, end_hour=run.end_hour + HOUR_MS, segments=(), files=())
        )
        for found in catalogue.runs(TYPE, 0, 2**62):
            assert {account: rules.public_key for account, rules in found.rules.items()} == keys

    def test_a_restored_file_is_told_where_it_lies_and_nothing_else(self, catalogue: Catalogue) -> None:
        run = a_run(HOUR, a_file(HOUR), a_file(HOUR, 1))
        catalogue.publish(run)
        again = replace(run.files[0], key="files/another", bytes=11, digest="e" * 64)
        catalogue.restored(again)
        assert list(catalogue.files(TYPE, HOUR, HOUR + 1)) == [again, run.files[1]]
        assert catalogue.last_run(TYPE) == replace(run, files=(again, run.files[1]))

    def test_a_file_with_another_text_is_not_taken_for_a_restored_one(self, catalogue: Catalogue) -> None:
        run = a_run(HOUR, a_file(HOUR))
        catalogue.publish(run)
        catalogue.restored(replace(run.files[0], key="files/another", digest="e" * 64, text_digest="b" * 64))
        assert catalogue.last_run(TYPE) == run

    def test_a_run_encrypted_again_is_the_same_run_and_its_files_are_those_listed_first(
        self, catalogue: Catalogue
    ) -> None:
        run = a_run(HOUR, a_file(HOUR))
        catalogue.publish(run)
        again = replace(run.files[0], key="files/another", bytes=11, digest="e" * 64)
        catalogue.publish(replace(run, files=(again,)))
        assert catalogue.last_run(TYPE) == run

    def test_only_accounts_that_are_switched_on_have_rules(self, catalogue: Catalogue) -> None:
        assert list(catalogue.rules(TYPE)) == [NORTHWIND]
        assert catalogue.rules("visits") == {}

    def test_one_pipeline_holds_the_lease(self, catalogue: Catalogue) -> None:
        with catalogue.lease(TYPE, "first"):
            with pytest.raises(LeaseHeld), catalogue.lease(TYPE, "second"):
                pass
            with catalogue.lease("visits", "second"):
                pass
        with catalogue.lease(TYPE, "second"):
            pass


class RetentionContract:
    """What retention asks of every catalogue."""

    def published(self, catalogue: RetainingCatalogue, hours: int = 4) -> list[Run]:
        runs = []
        for number in range(hours):
            hour = HOUR + number * HOUR_MS
            carried = runs[-1].state if runs else None
            run = replace(a_run(hour, a_file(hour), a_file(hour, 1)), carried=carried, reach=hour - HOUR_MS)
            catalogue.publish(run)
            runs.append(run)
        return runs

    def test_the_past_is_told_without_its_files(self, catalogue: RetainingCatalogue) -> None:
        runs = self.published(catalogue)
        past = catalogue.past(TYPE)
        assert [(run.first_hour, run.end_hour, run.reach) for run in past] == [
            (run.first_hour, run.end_hour, run.reach) for run in runs
        ]
        assert [(run.expired, run.forgotten) for run in past] == [(None, False)] * 4
        assert catalogue.past("survey") == []

    def test_files_that_expired_are_listed_nowhere(self, catalogue: RetainingCatalogue) -> None:
        runs = self.published(catalogue)
        catalogue.expire(TYPE, runs[1].end_hour, 5)
        assert [file.scope_start for file in catalogue.files(TYPE, 0, 2**62)] == [
            run.first_hour for run in runs[2:] for _ in range(2)
        ]
        assert [run.files for run in catalogue.runs(TYPE, 0, 2**62)] == [(), (), runs[2].files, runs[3].files]
        assert [run.expired for run in catalogue.past(TYPE)] == [5, 5, None, None]
        (tally,) = catalogue.file_tallies(0, 2**62)
        assert (tally.files, tally.records, tally.bytes, tally.newest) == (4, 4, 40, runs[3].first_hour)

    def test_a_file_expires_once(self, catalogue: RetainingCatalogue) -> None:
        runs = self.published(catalogue)
        catalogue.expire(TYPE, runs[0].end_hour, 5)
        catalogue.expire(TYPE, runs[1].end_hour, 9)
        assert [run.expired for run in catalogue.past(TYPE)] == [5, 9, None, None]
        assert len(catalogue.expired_files(TYPE, 9, 100)) == 2
        assert len(catalogue.expired_files(TYPE, 10, 100)) == 4
        assert len(catalogue.expired_files(TYPE, 10, 3)) == 3
        assert catalogue.expired_files("survey", 10, 3) == []

    def test_files_whose_objects_are_gone_are_dropped_and_only_those(
        self, catalogue: RetainingCatalogue
    ) -> None:
        runs = self.published(catalogue)
        catalogue.expire(TYPE, runs[0].end_hour, 5)
        catalogue.drop_files(catalogue.expired_files(TYPE, 6, 1))
        assert list(catalogue.expired_files(TYPE, 6, 9)) == [runs[0].files[1]]
        catalogue.drop_files(catalogue.expired_files(TYPE, 6, 9))
        assert list(catalogue.expired_files(TYPE, 6, 9)) == []
        assert len(list(catalogue.files(TYPE, 0, 2**62))) == 6

    def test_forgotten_runs_are_not_looked_back_at_and_their_segments_stay_read(
        self, catalogue: RetainingCatalogue
    ) -> None:
        runs = self.published(catalogue)
        assert catalogue.kept_from(TYPE) is None
        catalogue.forget(TYPE, runs[1].end_hour)
        assert [run.first_hour for run in catalogue.runs(TYPE, 0, 2**62)] == [
            run.first_hour for run in runs[2:]
        ]
        assert catalogue.kept_from(TYPE) == runs[2].first_hour
        keys = [key for run in runs for key in run.segments]
        assert catalogue.consumed(TYPE, keys) == set(keys)
        assert catalogue.held(TYPE, keys) == set(keys[4:])
        assert catalogue.held("survey", keys) == set()

    def test_a_run_is_dropped_once_it_has_no_files_left(self, catalogue: RetainingCatalogue) -> None:
        runs = self.published(catalogue)
        catalogue.expire(TYPE, runs[1].end_hour, 5)
        catalogue.forget(TYPE, runs[1].end_hour)
        assert catalogue.forgotten(TYPE, 9) == []
        catalogue.drop_files(catalogue.expired_files(TYPE, 6, 9))
        forgotten = catalogue.forgotten(TYPE, 9)
        assert [run.segments for run in forgotten] == [run.segments for run in runs[:2]]
        assert len(catalogue.forgotten(TYPE, 1)) == 1
        catalogue.drop_run(forgotten[0])
        assert [run.first_hour for run in catalogue.past(TYPE)] == [run.first_hour for run in runs[1:]]
        assert catalogue.consumed(TYPE, runs[0].segments) == set()
        catalogue.drop_run(forgotten[1])
        # Nothing tells any more that there were some, but that what is left began with something.
        assert catalogue.kept_from(TYPE) == runs[2].first_hour
        assert catalogue.last_run(TYPE) == runs[3]

    def test_counts_by_account_are_kept_with_each_run(self, catalogue: RetainingCatalogue) -> None:
        first, second = a_run(HOUR), replace(a_run(HOUR + HOUR_MS), state="other")
        catalogue.publish(replace(first, accounts={NORTHWIND: {"events": 3}}))
        catalogue.publish(replace(second, accounts={NORTHWIND: {"events": 4, "late": 1}}))
        assert list(catalogue.account_counts(TYPE, HOUR, HOUR + 2 * HOUR_MS)) == [
            {NORTHWIND: {"events": 3}},
            {NORTHWIND: {"events": 4, "late": 1}},
        ]
        assert list(catalogue.account_counts(TYPE, HOUR + 1, HOUR + HOUR_MS)) == []

    def test_what_is_counted_makes_no_other_run(self, catalogue: RetainingCatalogue) -> None:
        catalogue.publish(a_run(HOUR))
        catalogue.publish(replace(a_run(HOUR), accounts={NORTHWIND: {"events": 3}}))
        assert len(catalogue.past(TYPE)) == 1

    def test_tallies_are_of_each_account_and_data_type(self, catalogue: RetainingCatalogue) -> None:
        other = replace(a_file(HOUR), data_type="survey", name="Survey.1", key="files/survey/1")
        catalogue.publish(a_run(HOUR, a_file(HOUR), a_file(HOUR, 1), a_file(HOUR, account="28045150"), other))
        assert [
            (one.account_id, one.data_type, one.files) for one in catalogue.file_tallies(HOUR, HOUR + 1)
        ] == [
            ("28045150", TYPE, 1),
            (NORTHWIND, TYPE, 2),
            (NORTHWIND, "survey", 1),
        ]
        assert catalogue.file_tallies(0, HOUR) == []
