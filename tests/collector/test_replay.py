"""Dead letters tried again: which pass, which cannot, and that each passes once, whoever kills the replay."""

import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.letters import (
    CONTOSO,
    HOUR,
    NORTHWIND,
    NOW,
    TRIAL,
    filed,
    killed_at,
    letter,
    replayed_by,
    sent,
)
from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, Clock
from trunkline.collector.lock import CollectorRunning, hold
from trunkline.collector.refusal import Refusal
from trunkline.collector.replay.replaying import replay
from trunkline.collector.replay.selection import Selection
from trunkline.collector.replay.trial import FINAL, Trial
from trunkline.segments.layout import EVENTS, LETTERS, REGISTRATIONS
from trunkline.segments.letters import DeadLetter
from trunkline.segments.reader import sealed
from trunkline.segments.replays import DamagedLetters, lines_in, ranges_of, read_retried, replayed
from trunkline.store import LocalStore

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["collector.letters"])


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def events(store: LocalStore) -> list[dict[str, Any]]:
    found = []
    for key in store.list(EVENTS):
        if key.endswith(".ndjson"):
            found += [json.loads(line) for line in store.read(key).splitlines() if b'"eventId"' in line]
    return found


def standing(store: LocalStore) -> dict[str, dict[str, int]]:
    """What a reader of manifests and summaries counts."""
    total: dict[str, dict[str, int]] = {}
    for manifest in sealed(store, HOUR, HOUR + 4 * HOUR_MS, LETTERS):
        retried = read_retried(store, manifest.segment)
        its = retried.standing if retried else manifest.reasons
        assert not isinstance(its, msgspec.UnsetType)
        for account, counts in its.items():
            for reason, count in counts.items():
                total.setdefault(account, {})[reason] = total.get(account, {}).get(reason, 0) + count
    return total


def test_a_letter_that_passes_by_now_becomes_an_event_of_the_current_hour(store: LocalStore) -> None:
    filed(store, letter(sent()))
    result = replayed_by(store)
    assert (result.passed, result.events) == ({"unknown_field": 1}, 1)
    (event,) = events(store)
    assert event == json.loads(sent()) | {
        "accountId": NORTHWIND,
        "receivedAt": NOW,
        "firstReceivedAt": HOUR + 5 * MINUTE_MS,
    }
    (manifest,) = sealed(store, NOW - NOW % HOUR_MS, NOW)
    (segment,) = [key for key in store.list(LETTERS) if key.endswith(".ndjson")]
    assert manifest.replayed == {segment: [(1, 1)]}
    assert (manifest.events, manifest.accounts, manifest.types) == (1, {NORTHWIND: 1}, {"agent.login": 1})
    assert standing(store) == {}


def test_nobody_waits_for_a_replay(store: LocalStore) -> None:
    filed(store, letter(sent()))
    before = list(store.list(REGISTRATIONS))
    replayed_by(store)
    assert list(store.list(REGISTRATIONS)) == before


def test_a_second_replay_finds_nothing_to_do(store: LocalStore) -> None:
    filed(store, letter(sent(1)), letter(sent(2)))
    assert replayed_by(store).events == 2
    again = replayed_by(store)
    assert (again.events, again.passed, again.refused) == (0, {}, {})
    assert len(events(store)) == 2


def test_a_letter_that_fails_again_keeps_the_newest_reason(store: LocalStore) -> None:
    filed(store, letter(sent(agentId="nine")), letter(sent(2, dance=1)), letter(sent(3)))
    result = replayed_by(store)
    assert result.refused == {("unknown_field", "wrong_type"): 1, ("unknown_field", "unknown_field"): 1}
    assert result.examples["wrong_type"][1].field == "agentId"
    assert standing(store) == {NORTHWIND: {"wrong_type": 1, "unknown_field": 1}}
    # From now on it goes by that reason.
    assert replayed_by(store, reasons=frozenset({"wrong_type"})).refused == {("wrong_type", "wrong_type"): 1}
    assert replayed_by(store, reasons=frozenset({"unknown_field"})).refused == {
        ("unknown_field", "unknown_field"): 1
    }
    assert standing(store) == {NORTHWIND: {"wrong_type": 1, "unknown_field": 1}}


def test_letters_that_were_not_meant_stay_as_they_are(store: LocalStore) -> None:
    filed(
        store,
        letter(sent(1), "missing_field"),
        letter(sent(2), account=CONTOSO),
        letter(sent(3, type="agent.logout")),
        letter(sent(4), at=HOUR + 50 * MINUTE_MS),
        letter(sent(5)),
    )
    result = replayed_by(
        store,
        reasons=frozenset({"unknown_field"}),
        accounts=frozenset({NORTHWIND}),
        types=frozenset({"agent.login"}),
        start=HOUR,
        end=HOUR + 30 * MINUTE_MS,
    )
    assert result.passed == {"unknown_field": 1}
    assert [event["eventId"] for event in events(store)] == ["e5"]
    assert standing(store) == {
        NORTHWIND: {"missing_field": 1, "unknown_field": 2},
        CONTOSO: {"unknown_field": 1},
    }


def test_a_dry_run_counts_and_changes_nothing(store: LocalStore) -> None:
    filed(store, letter(sent(1)), letter(sent(2, agentId="nine")))
    before = {key: store.read(key) for folder in (EVENTS, LETTERS) for key in store.list(folder)}
    result = replayed_by(store, dry_run=True)
    assert (result.events, result.refused) == (1, {("unknown_field", "wrong_type"): 1})
    assert {key: store.read(key) for folder in (EVENTS, LETTERS) for key in store.list(folder)} == before


def test_a_refused_body_passes_whole_or_not_at_all(store: LocalStore) -> None:
    good = b"[" + sent(1) + b"," + sent(2) + b"]"
    bad = b"[" + sent(3) + b"," + sent(4, agentId="nine") + b"]"
    filed(
        store, letter(good, "malformed_json"), letter(bad, "malformed_json"), letter(b"{", "malformed_json")
    )
    result = replayed_by(store)
    assert (result.passed, result.events) == ({"malformed_json": 1}, 2)
    assert sorted(event["eventId"] for event in events(store)) == ["e1", "e2"]
    assert standing(store) == {NORTHWIND: {"wrong_type": 1, "malformed_json": 1}}


@pytest.mark.parametrize("reason", FINAL)
def test_what_no_fix_can_mend_is_not_tried(store: LocalStore, reason: str) -> None:
    filed(store, letter(sent(), reason))
    result = replayed_by(store)
    assert result.kept == {(reason, FINAL[reason]): 1}
    assert events(store) == []
    assert standing(store) == {NORTHWIND: {reason: 1}}


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (letter(sent(), account=None), "its account is not known"),
        (letter(sent() + b" " * 70_000), "only its beginning was kept: only its sender can send it again"),
        (
            letter(sent(), key_id="k-page"),
            "a browser sent it: whence and when, only the collector could tell",
        ),
    ],
)
def test_what_is_not_whole_or_not_trusted_is_not_tried(
    store: LocalStore, refused: DeadLetter, why: str
) -> None:
    filed(store, refused)
    assert list(replayed_by(store).kept) == [("unknown_field", why)]
    assert events(store) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (sent(accountId=CONTOSO), "foreign_account"),
        (sent(receivedAt=5), "server_field"),
        (sent(firstReceivedAt=5), "server_field"),
        (sent(timestamp=HOUR + HOUR_MS), "future_timestamp"),
        (sent(timestamp=HOUR - 4 * DAY_MS), "too_late"),
        (sent(timestamp=1795248000), "timestamp_in_seconds"),
        (sent(eventId="?").replace(b"?", b"\xff"), "invalid_text"),
    ],
)
def test_the_rules_of_the_collector_hold_as_of_the_first_receipt(
    store: LocalStore, body: bytes, reason: str
) -> None:
    filed(store, letter(body))
    assert replayed_by(store, now=HOUR + 30 * DAY_MS).refused == {("unknown_field", reason): 1}


def test_a_replay_makes_no_event_too_late(store: LocalStore) -> None:
    filed(store, letter(sent(timestamp=HOUR - 2 * DAY_MS)))
    assert replayed_by(store, now=HOUR + 20 * DAY_MS).events == 1


def test_older_events_pass_when_an_operator_says_so(store: LocalStore) -> None:
    filed(store, letter(sent(timestamp=HOUR - 90 * DAY_MS), "too_late"))
    assert replayed_by(store).events == 0
    trial = (
        msgspec.structs.replace
        if False
        else Trial(late_hours=72, backfill=True, publishable=(), obstacle=lambda event, letter: None)
    )
    assert replayed_by(store, trial).events == 1


def test_an_event_that_could_not_end_where_it_belongs_stays_a_letter(store: LocalStore) -> None:
    filed(store, letter(sent(), "late_dropped"))
    refusal = Refusal(0, None, "late_dropped", "the account drops late events")
    trial = Trial(late_hours=72, backfill=False, publishable=(), obstacle=lambda event, letter: refusal)
    assert replayed_by(store, trial).refused == {("late_dropped", "late_dropped"): 1}
    assert replayed_by(store).passed == {"late_dropped": 1}


def test_a_line_that_is_no_letter_is_named(store: LocalStore) -> None:
    filed(store, letter(sent()))
    (key,) = [key for key in store.list(LETTERS) if key.endswith(".ndjson")]
    store.write(key, store.read(key) + b"{}\n")
    with pytest.raises(DamagedLetters, match=f"{key}: line 2 is no dead letter"):
        replayed_by(store)


def test_one_replay_at_a_time_in_a_folder(store: LocalStore) -> None:
    lock = hold(store.root.parent / "replay")
    with pytest.raises(CollectorRunning):
        replayed_by(store)
    os.close(lock)


def test_two_machines_at_once_make_the_same_event_which_the_pipeline_drops(store: LocalStore) -> None:
    filed(store, letter(sent()))
    clock = Clock(real=lambda: NOW)
    for name in ("here", "there"):
        store_at_once = LocalStore(store.root)
        if name == "there":
            for key in [key for key in store.list(EVENTS) if "replay-here" in key]:
                (store.root / key).rename(store.root / f"{key}.away")
        replay(store_at_once, store.root.parent / name, name, clock, Selection(), TRIAL)
    for path in (store.root / EVENTS).rglob("*.away"):
        path.rename(path.with_suffix(""))
    first, second = events(store)
    assert first == second


@given(lines=st.sets(st.integers(0, 60)))
def test_ranges_are_the_same_lines(lines: set[int]) -> None:
    ranges = ranges_of(lines)
    assert set(lines_in(ranges)) == lines
    assert all(after[0] > before[1] + 1 for before, after in pairwise(ranges))


# Killed anywhere

PLACES = ("sealed", "before sealing", "before the summary", "half sealed")


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Path]:
    store = LocalStore(tmp_path / "store")
    filed(store, *[letter(sent(number)) for number in range(5)], letter(sent(9, agentId="nine")))
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_a_replay_that_was_killed_goes_on_and_makes_each_event_once(many: Path, place: str) -> None:
    process = CONTEXT.Process(target=killed_at, args=(many, place))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    store = LocalStore(many / "store")
    replayed_by(store)
    assert sorted(event["eventId"] for event in events(store)) == [f"e{number}" for number in range(5)]
    assert standing(store) == {NORTHWIND: {"wrong_type": 1}}
    assert list((many / "replay" / "open").iterdir()) == []
    (lines,) = replayed(store).values()
    assert len(lines) == 5
