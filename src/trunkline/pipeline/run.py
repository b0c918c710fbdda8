"""The verb: publish the next hours of a data type.

Files first: everything lies in the store, synced, before the one transaction that lists it. A run that was killed anywhere is
simply started again: the same plan gives the same names and bytes.
"""

from dataclasses import dataclass
from pathlib import Path

from trunkline.clock import HOUR_MS
from trunkline.pipeline.build import build
from trunkline.pipeline.carrying import index_key
from trunkline.pipeline.catalogue import Catalogue, Run
from trunkline.pipeline.data_files import adopt_file
from trunkline.pipeline.engine import Built, Engine, FloodInSeveralHours
from trunkline.pipeline.history import history
from trunkline.pipeline.letters import write_letters
from trunkline.pipeline.plan import DEFAULT_LIMITS, RULES_VERSION, Limits, Plan, next_plan
from trunkline.pipeline.rebuild import with_carry
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.tallies import by_account, totals
from trunkline.pipeline.steps import Progress, silent
from trunkline.pipeline.sweeping import begin_attempt, end_attempt
from trunkline.store import Store


def run(
    store: Store,
    catalogue: Catalogue,
    kind: Kind,
    *,
    work: Path,
    until_hour: int,
    grace: int,
    limits: Limits = DEFAULT_LIMITS,
    holder: str = "pipeline",
    progress: Progress = silent,
    engine: Engine = build,
) -> Run | None:
    """Publish the hours from the last run's end up to `until_hour` (exclusive, epoch ms), at most 24 of them.

    `work` is a folder on a local disk that this data type has to itself. Returns None where nothing is due. Raises `LeaseHeld`,
    `DamagedSegment`, `Forgotten`, and `AlreadyPublished` where another pipeline was first.
    """
    with catalogue.lease(kind.name, holder), store.holding() as store:
        task = _Task(store, catalogue, kind, work, limits, progress, engine)
        plan = next_plan(store, catalogue, kind, until_hour, grace, limits)
        if plan is None:
            return None
        try:
            return task.carry_out(plan)
        except FloodInSeveralHours:
            # In one hour alone the same actor may be none: what is a flood must not depend on how much is caught up.
            first = next_plan(store, catalogue, kind, plan.first_hour + HOUR_MS, grace, limits)
            return task.carry_out(first) if first else None


@dataclass(frozen=True)
class _Task:
    """What stays the same, whatever the plan."""

    store: Store
    catalogue: Catalogue
    kind: Kind
    work: Path
    limits: Limits
    progress: Progress
    engine: Engine

    def carry_out(self, plan: Plan) -> Run:
        self.progress("planned", 1, 1)
        attempt = begin_attempt(self.work, plan)
        past = history(self.store, self.catalogue, plan, self.kind, attempt.folder)
        with_carry(self.store, self.catalogue, past, self.limits)
        size = max(1, self.limits.bucket_events // self.kind.weight)
        built = self.engine(plan, self.kind, past, size, attempt.folder, self.progress)
        published = _adopt(self.store, plan, built, self.kind, self.progress)
        self.catalogue.publish(published)
        self.progress("published", 1, 1)
        end_attempt(self.store, self.catalogue, published, attempt)
        self.progress("swept", 1, 1)
        return published


def _adopt(store: Store, plan: Plan, built: Built, kind: Kind, progress: Progress) -> Run:
    """Move everything into the store, and say what is to be listed."""
    found = built.findings
    for number, written in enumerate(built.files, 1):
        adopt_file(store, written)
        progress("adopted", number, len(built.files))
    write_letters(store, plan, found.dead, found.floods, kind)
    progress("letters-written", 1, 1)
    _put(store, built.index, index_key(plan.state_key))
    progress("index-written", 1, 1)
    _put(store, built.state, plan.state_key)
    progress("state-written", 1, 1)
    return Run(
        kind=plan.kind,
        first_hour=plan.first_hour,
        end_hour=plan.end_hour,
        watermark=plan.end_hour - plan.grace,
        rules_version=RULES_VERSION,
        rules=plan.rules,
        segments=plan.segments,
        state=plan.state_key,
        carried=plan.state,
        reach=plan.reach,
        files=tuple(written.file for written in built.files),
        counts=totals(found.tallies) | {"flooded": int(found.floods["events"].sum())},
        accounts=by_account(found.tallies),
    )


def _put(store: Store, path: Path | None, key: str) -> None:
    """Move a finished file into the store, where the engine has not written it there itself."""
    if path:
        store.adopt(path, key)
