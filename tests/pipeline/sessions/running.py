"""The job and the oracle, run over the same histories; both keep between calls what a runner keeps."""

from dataclasses import dataclass, field

import oracle
import polars as pl

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.records import agent_activity
from trunkline.pipeline.sessions import late_actors, sessions
from trunkline.pipeline.sessions.index import index_schema
from trunkline.pipeline.types import KINDS

KIND = KINDS["agentActivity"]
T0 = 1_465_992_000_000
"""2016-06-15T12:00:00Z, the start of an hour."""
GRACE = 10 * MINUTE_MS
NORTHWIND, CONTOSO = "75555851", "28045150"
RULES = {
    NORTHWIND: SessionRules(inactivity=30 * MINUTE_MS, maximum=3 * HOUR_MS),
    CONTOSO: SessionRules(inactivity=90 * MINUTE_MS, maximum=2 * HOUR_MS, drop_late=True),
}


def frame(events):
    return pl.DataFrame(
        [{name: event.get(name) for name in KIND.columns} for event in events], schema=dict(KIND.columns)
    )


@dataclass
class Pipeline:
    """Calls the job as the runner does: what was carried, the whole index, the history of those it asks for."""

    rules: dict = field(default_factory=lambda: RULES)
    grace: int = GRACE
    carried: pl.DataFrame = field(default_factory=lambda: frame([]))
    index: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=index_schema(KIND)))
    history: pl.DataFrame = field(default_factory=lambda: frame([]))
    settled: int | None = None
    recalls: int = 0

    def run(self, events, first_hour, end_hour, *, shuffle=None):
        new = frame(events)
        if shuffle is not None:
            new, self.carried, self.index, self.history = (
                part.sample(fraction=1, shuffle=True, seed=shuffle)
                for part in (new, self.carried, self.index, self.history)
            )
        same = {"kind": KIND, "rules": self.rules, "hours": (first_hour, end_hour), "grace": self.grace}
        index = self.index_for(new)
        asked = late_actors(new, index, **same, settled=self.settled)
        self.recalls += asked.height
        recalled = self.history.join(asked, on=KIND.key, how="semi")
        if asked.height:
            oldest = index.join(asked, on=KIND.key, how="semi")["start"].min()
            recalled = recalled.filter(pl.col("timestamp") >= oldest)
        outcome = sessions(new, self.carried, index, recalled, **same, settled=self.settled)
        self.settled = end_hour - self.grace
        self.carried = outcome.carried
        self.index = pl.concat([self.index, outcome.index])
        self.history = pl.concat([self.history, new])
        return outcome

    def index_for(self, new):
        """Only the lines that the job says it needs."""
        if new.is_empty():
            return self.index.clear()
        longest = sum(
            max((getattr(r, name) for r in self.rules.values()), default=0)
            for name in ("inactivity", "maximum")
        )
        return self.index.filter(pl.col("last") >= new["timestamp"].min() - longest)


def told(outcome):
    """The outcome's emissions and dead letters; a session's number is left in as the last member."""
    rows = outcome.rows.select("session", "eventId", pl.struct(**agent_activity.ROW).alias("row"))
    by_session = {
        number: (ids, published)
        for number, ids, published in rows.group_by("session", maintain_order=True)
        .agg("eventId", "row")
        .iter_rows()
    }
    emissions = [
        (
            line["accountId"],
            line["agentId"],
            line["hour"],
            line["start"],
            line["end"],
            line["reason"],
            line["supersedes agentActivity"],
            by_session[line["session"]],
            line["id"],
            line["key"],
        )
        for line in outcome.sessions.iter_rows(named=True)
    ]
    dead = [
        (
            line["accountId"],
            line["agentId"],
            line["reason"],
            line["eventId"],
            line["receivedAt"],
            line["timestamp"],
        )
        for line in outcome.dead.iter_rows(named=True)
    ]
    return emissions, dead


class Reference:
    """The oracle for all actors of a history."""

    def __init__(self, rules=RULES, grace=GRACE):
        self.rules, self.grace = rules, grace
        self.actors = {}

    def run(self, events, first_hour, end_hour):
        emissions, dead = [], []
        for hour in range(first_hour, end_hour, HOUR_MS):
            by_actor = {}
            for event in events:
                if max(event["receivedAt"] // HOUR_MS * HOUR_MS, first_hour) == hour:
                    by_actor.setdefault((event["accountId"], event["agentId"]), []).append(event)
            for key in sorted(self.actors.keys() | by_actor):
                found, letters = self._actor(*key).hour(hour, by_actor.get(key, []))
                emissions += [self._shown(key, emission) for emission in found]
                dead += [
                    (*key, reason, event["eventId"], event["receivedAt"], event["timestamp"])
                    for event, reason in letters
                ]
        return emissions, dead

    def _actor(self, account, agent):
        rules = self.rules[account]
        return self.actors.setdefault(
            (account, agent),
            oracle.Actor(account, agent, rules.inactivity, rules.maximum, rules.drop_late, self.grace),
        )

    def _shown(self, key, emission):
        return (
            *key,
            emission.hour,
            emission.start,
            emission.end,
            emission.reason,
            emission.supersedes,
            (emission.events, emission.rows),
            emission.session.id,
            emission.session,
        )


def assert_same(outcome, expected, keys):
    """The job told what the oracle told. `keys` remembers which of the job's sessions is which of the oracle's."""
    emissions, dead = told(outcome)
    expected_emissions, expected_dead = expected

    def order(emission):
        return (*emission[:4], repr(emission[4:8]))

    emissions, expected_emissions = sorted(emissions, key=order), sorted(expected_emissions, key=order)
    assert [emission[:8] for emission in emissions] == [emission[:8] for emission in expected_emissions]
    for ours, theirs in zip(emissions, expected_emissions, strict=True):
        account, agent, session_id, key = ours[0], ours[1], ours[8], ours[9]
        assert keys.setdefault((account, agent, key), theirs[9]) is theirs[9]
        assert session_id == (theirs[8] or f"{account}-{key}")
    assert sorted(dead) == sorted(expected_dead)
