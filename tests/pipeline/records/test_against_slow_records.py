"""Random histories: the lines of data files are what the slow records say, in every version, member by member."""

from random import Random

import msgspec
import pytest
from tests.pipeline.expected_files import expected_files
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
