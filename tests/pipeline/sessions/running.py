"""The job and the oracle, run over the same histories; both keep between calls what a runner keeps."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl
from tests.pipeline.sessions import oracle
from tests.pipeline.sessions.meaning import actor, lasts

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.records.lines import lines
from trunkline.pipeline.sessions import late_actors, sessions
from trunkline.pipeline.sessions.index import index_schema
from trunkline.pipeline.types import KINDS

T0 = 1_465_992_000_000
"""2016-06-15T12:00:00Z, the start of an hour."""
GRACE = 10 * MINUTE_MS
NORTHWIND, CONTOSO = "75555851", "28045150"
RULES = {
    "agentActivity": {
        NORTHWIND: SessionRules(
            inactivity=30 * MINUTE_MS, maximum=3 * HOUR_MS, versions={"agentActivity": "1.0.0.35"}
        ),
        CONTOSO: SessionRules(
            inactivity=90 * MINUTE_MS,
            maximum=2 * HOUR_MS,
            drop_late=True,
            versions={"agentActivity": "1.0.0.4"},
        ),
    },
    "visits": {
        NORTHWIND: SessionRules(
            inactivity=30 * MINUTE_MS,
            maximum=3 * HOUR_MS,
            messaging_inactivity=3 * HOUR_MS,
            messaging_maximum=7 * HOUR_MS,
            versions={"webSession": "1.0.0.35", "engagement": "1.0.0.22", "survey": "1.0.0.35"},
        ),
        CONTOSO: SessionRules(
            inactivity=90 * MINUTE_MS,
            maximum=2 * HOUR_MS,
            messaging_inactivity=45 * MINUTE_MS,
            messaging_maximum=4 * HOUR_MS,
            drop_late=True,
            versions={"webSession": "1.0.0.22", "engagement": "1.0.0.35"},
        ),
    },
}


class Told(NamedTuple):
    """A record as it was published, without its text."""

    account: str
    actor: Any
    data_type: str
    hour: int
    start: int
    end: int | None
    reason: str
    supersedes: int | None
    events: tuple
    """Ids and times of those that stand in it."""


@dataclass
class Pipeline:
    """Calls the job as the runner does: what was carried, the whole index, the history of those it asks for."""

    kind: str = "agentActivity"
    rules: dict | None = None
    grace: int = GRACE
    settled: int | None = None
    recalls: int = 0

    def __post_init__(self):
        if self.rules is None:
            self.rules = RULES[self.kind]
        self.carried = self.history = self.frame([])
        self.index = pl.DataFrame(schema=index_schema(KINDS[self.kind]))

    def frame(self, events):
        """The events as they are read out of a segment."""
        kind = KINDS[self.kind]
        if not events:
            return pl.DataFrame(schema=dict(kind.columns))
        lines = [json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events]
        return kind.decoded(pl.LazyFrame({"line": lines})).collect()

    def run(self, events, first_hour, end_hour, *, shuffle=None):
        new = self.frame(events)
        if shuffle is not None:
            new, self.carried, self.index, self.history = (
                part.sample(fraction=1, shuffle=True, seed=shuffle)
                for part in (new, self.carried, self.index, self.history)
            )
        kind = KINDS[self.kind]
        same = {"kind": kind, "rules": self.rules, "hours": (first_hour, end_hour), "grace": self.grace}
        index = self.index_for(new)
        asked = late_actors(new, index, **same, settled=self.settled)
        self.recalls += asked.height
        recalled = self.history.join(asked, on=kind.key, how="semi")
        if asked.height:
            oldest = index.join(asked, on=kind.key, how="semi")["start"].min()
            recalled = recalled.filter(pl.col("timestamp") >= oldest)
        outcome = sessions(new, self.carried, index, recalled, **same, settled=self.settled)
        self.settled = end_hour - self.grace
        self.carried = outcome.carried
        self.index = pl.concat([self.index, outcome.index])
        self.history = pl.concat([self.history, new])
        return outcome

    def publish(self, events, first_hour, end_hour):
        """The lines of the data files, and the outcome without what would repeat the record before."""
        index = self.index
        text, outcome = lines(self.run(events, first_hour, end_hour), KINDS[self.kind], self.rules)
        self.index = pl.concat([index, outcome.index])
        return text, outcome

    def index_for(self, new):
        """Only the lines that the job says it needs."""
        if new.is_empty():
            return self.index.clear()
        pairs = [("inactivity", "maximum"), ("messaging_inactivity", "messaging_maximum")]
        if self.kind == "agentActivity":
            pairs.pop()
        reach = max(sum(self.longest(name) for name in pair) for pair in pairs)
        return self.index.filter(pl.col("last") >= new["timestamp"].min() - reach)

    def longest(self, name):
        return max((getattr(its, name) for its in self.rules.values()), default=0)


def told(outcome, kind="agentActivity"):
    """The outcome's records, each with the id and the key of its session; and its dead letters."""
    kind = KINDS[kind]
    emissions = []
    for output in kind.outputs:
        rows = outcome.rows.filter(pl.col("type").is_in(output.types))
        grouped = rows.group_by("session", maintain_order=True).agg("eventId", "timestamp")
        events = {number: tuple(zip(ids, times, strict=True)) for number, ids, times in grouped.iter_rows()}
        for line in outcome.sessions.filter(output.emits).iter_rows(named=True):
            record = Told(
                line["accountId"],
                line[kind.actor],
                output.data_type,
                *(line[name] for name in ("hour", "start", "end", "reason", output.supersedes)),
                events[line["session"]],
            )
            emissions.append((record, line["id"], line["key"]))
    letters = outcome.dead.select(*kind.key, "reason", "eventId", "receivedAt", "timestamp").rows()
    return emissions, letters


class Reference:
    """The oracle for all actors of a history."""

    def __init__(self, rules, grace=GRACE):
        self.rules, self.grace = rules, grace
        self.actors = {}

    def run(self, events, first_hour, end_hour):
        """The emissions, each with account and actor, and the dead letters."""
        emissions, dead = [], []
        for hour in range(first_hour, end_hour, HOUR_MS):
            by_actor = {}
            for event in events:
                if max(event["receivedAt"] // HOUR_MS * HOUR_MS, first_hour) == hour:
                    by_actor.setdefault((event["accountId"], actor(event)), []).append(event)
            for key in sorted(self.actors.keys() | by_actor):
                found, letters = self._actor(*key).hour(hour, by_actor.get(key, []))
                emissions += [(*key, emission) for emission in found]
                dead += [
                    (*key, reason, event["eventId"], event["receivedAt"], event["timestamp"])
                    for event, reason in letters
                ]
        return emissions, dead

    def _actor(self, account, actor):
        if (account, actor) not in self.actors:
            self.actors[account, actor] = oracle_actor(account, actor, self.rules[account], self.grace)
        return self.actors[account, actor]


def oracle_actor(account, actor, rules, grace=GRACE):
    messaging = lasts(actor)
    return oracle.Actor(
        account,
        actor,
        rules.messaging_inactivity if messaging else rules.inactivity,
        rules.messaging_maximum if messaging else rules.maximum,
        rules.drop_late,
        dict(rules.versions),
        grace,
    )


def told_by_oracle(account, actor, emission):
    return Told(
        account,
        actor,
        emission.data_type,
        *(emission.hour, emission.start, emission.end, emission.reason, emission.supersedes),
        tuple((event["eventId"], event["timestamp"]) for event in emission.events),
    )


def assert_same(outcome, expected, kind, keys):
    """The job told what the oracle told. `keys` remembers which of the job's sessions is which of the oracle's."""
    emissions, dead = told(outcome, kind)
    theirs = [(told_by_oracle(*emission), emission[2].session) for emission in expected[0]]
    emissions, theirs = (sorted(some, key=lambda one: repr(one[0])) for some in (emissions, theirs))
    assert [record for record, *_ in emissions] == [record for record, _ in theirs]
    for (record, session_id, key), (_, session) in zip(emissions, theirs, strict=True):
        assert keys.setdefault((record.account, record.actor, key), session) is session
        assert session_id == session.id
    assert sorted(dead) == sorted(expected[1])
