"""What holds of every history, whatever the oracle says."""

from functools import cache
from itertools import pairwise
from random import Random

from tests.pipeline.sessions import oracle
import pytest
from tests.pipeline.sessions.histories import history, ranges
from tests.pipeline.sessions.running import RULES, T0, Pipeline, told
from tests.pipeline.sessions.test_against_the_oracle import SEEDS

from trunkline.clock import HOUR_MS

HOURS = 16
ACCOUNT, AGENT, HOUR, START, END, REASON, SUPERSEDES, CONTENT, ID, KEY = range(10)


def random_history(seed, lateness):
    random = Random(seed)
    events = history(random, hours=HOURS, actors=40, events=30, lateness=lateness)
    return events, list(ranges(random, HOURS, 4))


@cache
def published(seed, lateness):
    """The events of a random history, and what `run` tells of them."""
    events, calls = random_history(seed, lateness)
    return events, *run(events, calls)


def run(events, calls):
    """All emissions, all dead letters and the pipeline as it stands in the end."""
    pipeline = Pipeline()
    emissions, dead = [], []
    for first_hour, end_hour in calls:
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        found, letters = told(pipeline.run(new, first_hour, end_hour))
        emissions += sorted(found, key=lambda emission: emission[HOUR])
        dead += letters
    return emissions, dead, pipeline


def last_emissions(emissions):
    last = {(e[ACCOUNT], e[AGENT], e[KEY]): e for e in emissions}
    by_actor = {}
    for emission in last.values():
        by_actor.setdefault(emission[:2], []).append(emission)
    return by_actor


def told_events(emission):
    return [(event_id, row["timestamp"]) for event_id, row in zip(*emission[CONTENT], strict=True)]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_comes_within_the_grace_is_published_as_one_pass_over_all_events_would(seed):
    events, calls = random_history(seed, "grace")
    first = {}
    for event in sorted(events, key=lambda e: (e["receivedAt"], oracle.content(e))):
        first.setdefault((event["accountId"], event["agentId"], event["eventId"]), event)
    # An id used again for another time is two events once the first is published: no single pass knows that.
    events = [
        event
        for event in events
        if first[event["accountId"], event["agentId"], event["eventId"]]["timestamp"] == event["timestamp"]
    ]
    first = {}
    for event in sorted(events, key=lambda e: (e["receivedAt"], oracle.content(e))):
        first.setdefault((event["accountId"], event["agentId"], event["eventId"]), event)
    calls.append((T0 + HOURS * HOUR_MS, T0 + (HOURS + 5) * HOUR_MS))
    emissions, _, pipeline = run(events, calls)

    expected = []
    for account, agent in {key[:2] for key in first}:
        theirs = [event for key, event in first.items() if key[:2] == (account, agent)]
        rules = RULES[account]
        actor = oracle.Actor(account, agent, rules.inactivity, rules.maximum, rules.drop_late, pipeline.grace)
        actor.watermark = float("inf")
        cut, _ = oracle.cut(oracle.in_order(theirs), rules.inactivity, rules.maximum)
        for session, following in zip(cut, [*cut[1:], None], strict=False):
            reason, end, _ = actor.closing(session, following)
            told_of = [event for event in session.events if event["type"] != oracle.HEARTBEAT]
            content = ([event["eventId"] for event in told_of], list(oracle.rows(told_of)))
            expected.append((account, agent, session.start, end, reason, content))
    found = [(e[ACCOUNT], e[AGENT], e[START], e[END], e[REASON], e[CONTENT]) for e in emissions]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert all(emission[SUPERSEDES] is None for emission in emissions)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_event_is_once_among_the_last_emissions_or_open_or_a_dead_letter(seed):
    events, emissions, dead, pipeline = published(seed, "any")
    found = {}
    for (account, agent), last in last_emissions(emissions).items():
        found[account, agent] = [pair for emission in last for pair in told_events(emission)]
    for line in pipeline.carried.iter_rows(named=True):
        if line["type"] != oracle.HEARTBEAT:
            found.setdefault((line["accountId"], line["agentId"]), []).append(
                (line["eventId"], line["timestamp"])
            )
    for pairs in found.values():
        assert len(pairs) == len(set(pairs))
    letters = {(account, agent, event_id, instant) for account, agent, _, event_id, _, instant in dead}
    for event in events:
        if event["type"] != oracle.HEARTBEAT:
            actor, pair = (event["accountId"], event["agentId"]), (event["eventId"], event["timestamp"])
            assert pair in found.get(actor, []) or (*actor, *pair) in letters


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_sessions_of_an_actor_overlap(seed):
    _, emissions, _, _ = published(seed, "any")
    for sessions in last_emissions(emissions).values():
        spans = sorted((told_events(e)[0][1], max(e[END] or 0, told_events(e)[-1][1])) for e in sessions)
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start


@pytest.mark.parametrize("seed", SEEDS)
def test_a_session_is_published_again_only_if_its_record_changed_and_keeps_its_id(seed):
    _, emissions, _, _ = published(seed, "any")
    before = {}
    again = 0
    for emission in emissions:
        key = (emission[ACCOUNT], emission[AGENT], emission[KEY])
        earlier = before.get(key)
        assert emission[SUPERSEDES] == (earlier[HOUR] if earlier else None)
        if earlier:
            again += 1
            assert emission[ID] == earlier[ID]
            assert emission[HOUR] > earlier[HOUR]
            assert (emission[START], emission[END], emission[CONTENT]) != (
                earlier[START],
                earlier[END],
                earlier[CONTENT],
            )
        before[key] = emission
    assert again


@pytest.mark.parametrize("seed", SEEDS)
def test_no_session_is_longer_than_its_maximum(seed):
    _, emissions, _, _ = published(seed, "grace")
    for emission in emissions:
        assert told_events(emission)[-1][1] - emission[START] < RULES[emission[ACCOUNT]].maximum


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_that_drops_late_events_is_never_published_again(seed):
    _, emissions, dead, _ = published(seed, "any")
    assert not [e for e in emissions if RULES[e[ACCOUNT]].drop_late and e[SUPERSEDES] is not None]
    assert {letter[0] for letter in dead if letter[2] == "late_dropped"} <= {
        account for account, rules in RULES.items() if rules.drop_late
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_session_is_in_the_file_of_the_first_hour_whose_watermark_lies_beyond_its_close(seed):
    _, emissions, _, pipeline = published(seed, "grace")
    for emission in emissions:
        if emission[REASON] in ("end", "maximum"):
            instant = emission[END] - (emission[REASON] == "maximum")
            assert emission[HOUR] <= instant + pipeline.grace < emission[HOUR] + HOUR_MS
