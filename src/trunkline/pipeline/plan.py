"""What a run is to do, decided before it begins: the same plan always gives the same files."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import msgspec

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import Catalogue, Run, SessionRules, longest_reach
from trunkline.pipeline.compaction import manifest_of
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.segments.layout import EVENTS, hour_name, hour_of_key
from trunkline.store import Store

RULES_VERSION = "1"
"""Of the code of the session rules and of the encoding: raised when the same events would give other text."""
MOST_HOURS = 24
"""Hours that one run publishes when it catches up, so that memory and the transaction stay bounded."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes that bound a run. `part_bytes` decides where files are cut, `actor_events` what is a flood; `bucket_events`
    decides nothing but memory. Both count events of agents: see `Kind.weight`."""

    part_bytes: int = 256 * 2**20
    actor_events: int = 400_000
    bucket_events: int = 250_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class Plan:
    kind: str
    first_hour: int
    end_hour: int
    grace: int
    rules: Mapping[str, SessionRules]
    segments: tuple[str, ...]
    state: str | None
    """Store key of the open sessions of the run before; None for the first run."""
    settled: int | None
    """The watermark of the run before, epoch ms: what it published stays, whatever today's grace is."""
    oldest: int
    """No closed session whose last event lies before this can be touched by the plan's events, epoch ms."""
    reach: int
    """Runs that ended by this instant are not looked back at, epoch ms: none of their sessions can be touched, or they are
    forgotten."""
    part_bytes: int
    actor_events: int

    @cached_property
    def run_id(self) -> str:
        """Sixteen hex digits that stand for all that the content depends on."""
        facts = {**asdict(self), "rules_version": RULES_VERSION}
        return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()[:16]

    @property
    def hours(self) -> tuple[int, int]:
        return self.first_hour, self.end_hour

    @property
    def state_key(self) -> str:
        return f"state/{self.kind}/{hour_name(self.end_hour)}-{self.run_id}.parquet"


def next_plan(
    store: Store, catalogue: Catalogue, kind: Kind, until_hour: int, grace: int, limits: Limits
) -> Plan | None:
    """The next hours up to `until_hour` (exclusive, epoch ms), at most `MOST_HOURS`; None if there is nothing to do."""
    last = catalogue.last_run(kind.name)
    sealed = segments(store)
    first = last.end_hour if last else min(sealed.values(), default=until_hour)
    end = min(until_hour, first + MOST_HOURS * HOUR_MS)
    if end <= first:
        return None
    ready = [key for key, hour in sealed.items() if hour < end]
    consumed = catalogue.consumed(kind.name, ready)
    keys = tuple(sorted(key for key in ready if key not in consumed))
    rules = catalogue.rules(kind.name)
    oldest, reach = looks_back(store, keys, rules, first)
    return Plan(
        kind=kind.name,
        first_hour=first,
        end_hour=end,
        grace=grace,
        rules=rules,
        segments=keys,
        state=last.state if last else None,
        settled=last.watermark if last else None,
        oldest=oldest,
        reach=max(reach, catalogue.kept_from(kind.name) or 0),
        part_bytes=limits.part_bytes,
        actor_events=limits.actor_events // kind.weight,
    )


def plan_of(store: Store, run: Run, before: Run | None, kind: Kind, limits: Limits) -> Plan:
    """The plan that gave a published run."""
    oldest, _ = looks_back(store, run.segments, run.rules, run.first_hour)
    return Plan(
        kind=run.kind,
        first_hour=run.first_hour,
        end_hour=run.end_hour,
        grace=run.end_hour - run.watermark,
        rules=run.rules,
        segments=run.segments,
        state=before.state if before else None,
        settled=before.watermark if before else None,
        oldest=oldest,
        reach=run.reach,
        part_bytes=limits.part_bytes,
        actor_events=limits.actor_events // kind.weight,
    )


def looks_back(
    store: Store, keys: Sequence[str], rules: Mapping[str, SessionRules], first_hour: int
) -> tuple[int, int]:
    """`Plan.oldest` and `Plan.reach` of these segments, as if no run was ever forgotten. Raises `DamagedSegment`."""
    # An event may join a session up to its inactivity after the last one, and mark a dead letter as long.
    longest = longest_reach(rules.values())
    oldest = min((manifest_of(store, key).min_timestamp for key in keys), default=first_hour) - longest
    # A session that ended at `oldest` may have begun a maximum length before.
    return oldest, oldest - longest - HOUR_MS


def segments(store: Store) -> dict[str, int]:
    """The sealed segments by key, with their hours (epoch ms)."""
    names = list(store.list(EVENTS))
    manifests = {name for name in names if name.endswith(".json")}
    return {
        name: hour_of_key(name)
        for name in names
        if name.endswith(".ndjson") and name.removesuffix(".ndjson") + ".json" in manifests
    }
