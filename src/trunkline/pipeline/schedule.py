"""The loop of the pipeline's worker: publish what is due, look again soon, go on after errors."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from trunkline.clock import MINUTE_MS, Clock
from trunkline.pipeline.build import build
from trunkline.pipeline.catalogue import LeaseHeld, RetainingCatalogue, Run
from trunkline.pipeline.due import due_until
from trunkline.pipeline.engine import Engine
from trunkline.pipeline.plan import DEFAULT_LIMITS, Limits
from trunkline.pipeline.run import run
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.steps import Progress, silent
from trunkline.store import Store

log = structlog.get_logger()

LOOK_AGAIN_MS = MINUTE_MS // 12
RETRY_AFTER_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Everything that a run needs, and the clock that says what is due."""

    store: Store
    catalogue: RetainingCatalogue
    kinds: Mapping[str, Kind]
    work: Path
    clock: Clock
    grace: int
    timeout: int
    limits: Limits = DEFAULT_LIMITS
    holder: str = "pipeline"
    engine: Engine = build

    def run_one(self, kind: Kind, progress: Progress = silent) -> Run | None:
        """The next due hours of a data type, None if there are none. Raises what `run` raises."""
        until = due_until(self.store, self.catalogue, kind.name, self.clock.now(), self.timeout)
        last = self.catalogue.last_run(kind.name)
        if last and until <= last.end_hour:
            return None
        return run(
            self.store,
            self.catalogue,
            kind,
            work=self.work / kind.name,
            until_hour=until,
            grace=self.grace,
            limits=self.limits,
            holder=self.holder,
            progress=progress,
            engine=self.engine,
        )

    def step(self) -> bool:
        """One round over the data types. True if there was work."""
        published = [done for kind in self.kinds.values() if (done := self.run_one(kind))]
        for done in published:
            log.info(
                "published",
                kind=done.kind,
                first_hour=done.first_hour,
                end_hour=done.end_hour,
                files=len(done.files),
                **done.counts,
            )
        return bool(published)

    def loop(self, stop: threading.Event) -> None:
        """Until `stop` is set. An error is logged and tried again: the store or the database may be away for a while."""
        while not stop.is_set():
            stop.wait(self._attempt())

    def _attempt(self) -> float:
        """One step; the seconds to wait before the next one."""
        try:
            return 0.0 if self.step() else self.clock.real_seconds(LOOK_AGAIN_MS)
        except LeaseHeld as held:
            log.info("another pipeline is at work", reason=str(held))
        except Exception:
            log.exception("the run failed and is tried again", seconds=RETRY_AFTER_S)
        return RETRY_AFTER_S
