"""Random histories: the lines of data files are what the slow records say, in every version, member by member."""

from random import Random

import msgspec
import pytest
from tests.pipeline.expected_files import expected_files, session_of
from tests.pipeline.records import slow_records
from tests.pipeline.sessions.histories import history, ranges
from tests.pipeline.sessions.running import RULES, Pipeline, Reference
from tests.pipeline.sessions.test_against_the_oracle import ACTORS, HOURS, SEEDS
from tests.pipeline.wire import read_lines

from trunkline import schemas
from trunkline.pipeline.types import KINDS


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_line_is_what_the_slow_records_say(kind, seed):
    random = Random(seed)
    rules = {account: in_versions(random, its) for account, its in RULES[kind].items()}
    events = history(random, kind, hours=HOURS, actors=ACTORS, events=30, lateness="any")
    pipeline, reference = Pipeline(kind, rules), Reference(rules)
    for first_hour, end_hour in ranges(random, HOURS, 8):
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        found, _ = pipeline.publish(new, first_hour, end_hour)
        expected = expected_files(reference.run(new, first_hour, end_hour)[0])
        assert {place(one) for one in found} == set(expected)
        for one in found:
            theirs = expected[place(one)]
            assert one.scope.schema_version == rules[one.scope.account_id].versions[one.scope.data_type]
            assert records(one) == [line.record for line in theirs]
            assert one.records == len(theirs)
            assert named(one) == [line.ids for line in theirs]
    for theirs in reference.actors.values():
        assert_last_emissions_tell_all(theirs)


def assert_last_emissions_tell_all(theirs):
    """Whatever was not published again for shows nowhere in the records."""
    for session in theirs.published:
        for name, (_, _, told) in theirs.records(session).items():
            emission = theirs.emission(session, name, told)
            last = slow_records.records([session_of(theirs.account, theirs.who, emission)])
            assert session.published[name][0] == msgspec.json.encode(last[0])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_two_emissions_in_a_row_are_equal_and_each_names_the_one_before(kind, seed):
    random = Random(seed)
    events = history(random, kind, hours=HOURS, actors=ACTORS, events=30, lateness="any")
    pipeline, last, again = Pipeline(kind), {}, 0
    for first_hour, end_hour in ranges(random, HOURS, 8):
        new = [event for event in events if first_hour <= event["receivedAt"] < end_hour]
        text, outcome = pipeline.publish(new, first_hour, end_hour)
        again += outcome.before.height
        for output in KINDS[kind].outputs:
            for session, record in emissions(text, outcome, KINDS[kind], output):
                before, hour = last.get((output.data_type, *session[:3]), (None, None))
                assert record != before
                assert session[-1] == hour
                last[output.data_type, *session[:3]] = record, session[3]
    assert again


def emissions(text, outcome, kind, output):
    """Each session of the data type (account, actor, key, hour, what it supersedes) with its record, hour by hour."""
    lines = [
        (one.scope.account_id, one.scope.hour, line)
        for one in text
        if one.scope.data_type == output.data_type
        for line in b"".join(one.text).splitlines()
    ]
    of_type = outcome.sessions.filter(output.emits).sort(
        "accountId", "hour", kind.actor, "start", "id", "key"
    )
    sessions = of_type.select(*kind.key, "key", "hour", output.supersedes).rows()
    lines.sort(key=lambda line: line[:2])
    assert [line[:2] for line in lines] == [(session[0], session[3]) for session in sessions]
    return [(session, line[-1]) for session, line in zip(sessions, lines, strict=True)]


def in_versions(random, its):
    versions = {name: random.choice(schemas.versions(name)) for name in its.versions}
    return its.__class__(**{**vars(its), "versions": versions})


def place(one):
    return one.scope.account_id, one.scope.data_type, one.scope.hour


def records(one):
    read = read_lines(b"".join(one.text).decode(), one.scope.data_type, one.scope.schema_version)
    return [msgspec.json.encode(record) for record in read]


def named(one):
    if one.ids is None:
        return [[]] * one.records
    several = one.ids.list.drop_nulls().to_list()
    return [list(dict.fromkeys(names)) for names in several]
