"""What holds of every history, whatever the oracle says."""

from functools import cache
from itertools import pairwise
from random import Random

import polars as pl
import pytest
from tests.pipeline.sessions import oracle
from tests.pipeline.sessions.histories import history, ranges
from tests.pipeline.sessions.meaning import actor, content, data_type
from tests.pipeline.sessions.running import RULES, T0, Pipeline, oracle_actor, told
from tests.pipeline.sessions.test_against_the_oracle import ACTORS, HOURS, SEEDS

from trunkline.clock import HOUR_MS
from trunkline.pipeline.types import KINDS

pytestmark = [pytest.mark.parametrize("seed", SEEDS), pytest.mark.parametrize("kind", KINDS)]


def random_history(kind, seed, lateness):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=ACTORS, events=30, lateness=lateness)
    return events, list(ranges(random, HOURS, 4))


@cache
def published(kind, seed, lateness):
    """The events of a random history, and what `run` tells of them."""
    events, calls = random_history(kind, seed, lateness)
    return events, *run(kind, events, calls)


def run(kind, events, calls):
    """All records (with the keys of their sessions), all dead letters and the pipeline as it stands in the end."""
    pipeline = Pipeline(kind)
    records, dead = [], []
    for first_hour, end_hour in calls:
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        found, letters = told(pipeline.run(new, first_hour, end_hour), kind)
        records += sorted(found, key=lambda one: one[0].hour)
        dead += letters
    return records, dead, pipeline


def last_records(records):
    """By account and actor: of each session the last record in each data type, with the session's key."""
    last = {(record.account, record.actor, key, record.data_type): record for record, _, key in records}
    by_actor = {}
    for (account, who, key, _), record in last.items():
        by_actor.setdefault((account, who), []).append((key, record))
    return by_actor


def test_what_comes_within_the_grace_is_published_as_one_pass_over_all_events_would(kind, seed):
    events, calls = random_history(kind, seed, "grace")
    calls.append((T0 + HOURS * HOUR_MS, T0 + (HOURS + 5) * HOUR_MS))
    # An id used again for another time is two events once the first is published: no single pass knows that.
    first = first_received(events)
    events = [event for event in events if first[identity(event)]["timestamp"] == event["timestamp"]]
    records, _, _ = run(kind, events, calls)
    found = [(*record[:3], *record[4:7], record.events) for record, *_ in records]
    assert sorted(found, key=repr) == sorted(one_pass(kind, first_received(events).values()), key=repr)
    assert all(record.supersedes is None for record, *_ in records)


def identity(event):
    return event["accountId"], actor(event), event["eventId"]


def first_received(events):
    first = {}
    for event in sorted(events, key=lambda e: (e["receivedAt"], content(e))):
        first.setdefault(identity(event), event)
    return first


def one_pass(kind, events):
    """The records of all events at once: account, actor, data type, start, end, reason, events."""
    found = []
    for account, who in {identity(event)[:2] for event in events}:
        theirs = [event for event in events if identity(event)[:2] == (account, who)]
        rules = oracle_actor(account, who, RULES[kind][account])
        rules.watermark = float("inf")
        cut, _ = oracle.cut(oracle.in_order(theirs), rules.inactivity, rules.maximum)
        for session, following in zip(cut, [*cut[1:], None], strict=False):
            session.reason, session.end, _ = rules.closing(session, following)
            for name, (_, _, in_it) in rules.records(session).items():
                ids = tuple((event["eventId"], event["timestamp"]) for event in in_it)
                found.append((account, who, name, session.start, session.end, session.reason, ids))
    return found


def test_every_event_is_once_among_the_last_emissions_or_open_or_a_dead_letter(kind, seed):
    events, records, dead, pipeline = published(kind, seed, "any")
    found = {}
    for who, last in last_records(records).items():
        found[who] = [pair for _, record in last for pair in record.events]
    for event in open_events(pipeline):
        found.setdefault((event["accountId"], event["actor"]), []).append(
            (event["eventId"], event["timestamp"])
        )
    for pairs in found.values():
        assert len(pairs) == len(set(pairs))
    letters = {(account, who, event_id, instant) for account, who, _, event_id, _, instant in dead}
    for event in events:
        if data_type(event) in RULES[kind][event["accountId"]].versions:
            who, pair = (event["accountId"], actor(event)), (event["eventId"], event["timestamp"])
            assert pair in found.get(who, []) or (*who, *pair) in letters


def open_events(pipeline):
    carried = pipeline.carried.filter(pl.col("type") != "agent.heartbeat")
    return carried.select("accountId", "eventId", "timestamp", actor=KINDS[pipeline.kind].actor).to_dicts()


def test_no_two_sessions_of_an_actor_overlap(kind, seed):
    _, records, _, _ = published(kind, seed, "any")
    for last in last_records(records).values():
        spans = {}
        for key, record in last:
            until = max(record.end or 0, *(instant for _, instant in record.events))
            spans.setdefault(key, []).append((record.start, until))
        in_order = sorted((min(spans[key])[0], max(until for _, until in spans[key])) for key in spans)
        for (_, end), (start, _) in pairwise(in_order):
            assert end <= start


def test_all_records_of_a_session_tell_the_same_start_and_id(kind, seed):
    _, records, _, _ = published(kind, seed, "any")
    ids, starts = {}, {}
    for record, session_id, key in records:
        session = (record.account, record.actor, key)
        assert ids.setdefault(session, session_id) == session_id
    for (account, who), last in last_records(records).items():
        for key, record in last:
            assert starts.setdefault((account, who, key), record.start) == record.start


def test_a_record_is_published_again_only_if_it_changed(kind, seed):
    _, records, _, _ = published(kind, seed, "any")
    before = {}
    again = 0
    for record, _, key in records:
        place = (record.account, record.actor, key, record.data_type)
        earlier = before.get(place)
        assert record.supersedes == (earlier.hour if earlier else None)
        if earlier:
            again += 1
            assert record.hour > earlier.hour
            assert told_in(record, kind) != told_in(earlier, kind)
        before[place] = record
    assert again


def test_what_was_published_in_one_session_stays_in_one(kind, seed):
    _, records, _, _ = published(kind, seed, "any")
    before = {}
    for record, _, key in records:
        place = (record.account, record.actor, key, record.data_type)
        assert before.get(place, set()) <= set(record.events)
        before[place] = set(record.events)


def told_in(record, kind):
    """What the record says, as far as it is known here."""
    version = RULES[kind][record.account].versions[record.data_type]
    # Where nobody knows the end, later versions tell of an event that may stand in the record of another data type.
    elsewhere = kind == "visits" and record.end is None and version not in oracle.NULL_END
    return record.start, record.end, record.events, record.hour if elsewhere else None


def test_no_session_is_longer_than_its_maximum(kind, seed):
    _, records, _, _ = published(kind, seed, "grace")
    for record, *_ in records:
        maximum = oracle_actor(record.account, record.actor, RULES[kind][record.account]).maximum
        assert record.events[-1][1] - record.start < maximum


def test_an_account_that_drops_late_events_is_never_published_again(kind, seed):
    _, records, dead, _ = published(kind, seed, "any")
    dropping = {account for account, rules in RULES[kind].items() if rules.drop_late}
    assert not [record for record, *_ in records if record.account in dropping and record.supersedes]
    assert {letter[0] for letter in dead if letter[2] == "late_dropped"} <= dropping


def test_a_session_is_in_the_file_of_the_first_hour_whose_watermark_lies_beyond_its_close(kind, seed):
    _, records, _, pipeline = published(kind, seed, "grace")
    for record, *_ in records:
        if record.reason in ("end", "maximum"):
            instant = record.end - (record.reason == "maximum")
            assert record.hour <= instant + pipeline.grace < record.hour + HOUR_MS
