"""The loop of the pipeline's worker: publish what is due, look again soon, go on after errors."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import structlog

from trunkline.clock import HOUR_MS, MINUTE_MS, Clock
from trunkline.pipeline.build import build
from trunkline.pipeline.catalogue import LeaseHeld, RetainingCatalogue, Run
from trunkline.pipeline.due import due_until
from trunkline.pipeline.engine import Engine
from trunkline.pipeline.expired_keys import expired_keys
from trunkline.pipeline.plan import DEFAULT_LIMITS, Limits
from trunkline.pipeline.retention.needs import DEFAULT_KEEP, Keep
from trunkline.pipeline.retention.tidy import Tidied, tidy
from trunkline.pipeline.run import run
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.steps import Progress, silent
from trunkline.store import Store, StoreUnavailable

log = structlog.get_logger()

LOOK_AGAIN_MS = MINUTE_MS // 12
RETRY_AFTER_S = 10.0
TIDY_AT_MOST_EVERY_S = 60.0
"""However fast the clock runs."""


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
    keep: Keep = DEFAULT_KEEP
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
        """One round over the kinds. True if there was work."""
        worked = [self._publish(kind) for kind in self.kinds.values()]
        return any(worked)

    def _publish(self, kind: Kind) -> bool:
        done = self.run_one(kind)
        if done is None:
            return False
        log.info(
            "published",
            kind=done.kind,
            first_hour=done.first_hour,
            end_hour=done.end_hour,
            files=len(done.files),
            **done.counts,
        )
        for account_id, key in expired_keys(done):
            log.warning("encrypted to an expired key", account=account_id, fingerprint=key.fingerprint)
        return True

    def tidy(self, *, dry_run: bool = False, progress: Progress = silent) -> Tidied:
        """Remove what is past its time, a bounded part of it."""
        return tidy(
            self.store,
            self.catalogue,
            list(self.kinds),
            self.keep,
            self.clock.now(),
            holder=self.holder,
            dry_run=dry_run,
            progress=progress,
        )

    def loop(self, stop: threading.Event) -> None:
        """Until `stop` is set. An error is logged and tried again: the store or the database may be away for a while.

        What is past its time is removed once an hour, also while runs fail.
        """
        next_tidying = monotonic()
        while not stop.is_set():
            pause = self._attempt()
            if monotonic() >= next_tidying and not stop.is_set():
                next_tidying = monotonic() + self._tidied()
            stop.wait(pause)

    def _tidied(self) -> float:
        """The seconds until it is to be done again."""
        try:
            done = self.tidy()
        except Exception:
            log.exception("what is past its time was not removed and is tried again", seconds=RETRY_AFTER_S)
            return RETRY_AFTER_S
        if done.files or done.segments or done.runs or done.others:
            log.info(
                "tidied",
                files=done.files,
                bytes=done.bytes,
                segments=done.segments,
                runs=done.runs,
                others=done.others,
            )
        if done.more:
            return 0.0
        return (
            RETRY_AFTER_S
            if done.busy or done.held
            else max(TIDY_AT_MOST_EVERY_S, self.clock.real_seconds(HOUR_MS))
        )

    def _attempt(self) -> float:
        """One round, in which no kind hinders another; the seconds to wait before the next one."""
        return min(self._attempt_of(kind) for kind in self.kinds.values())

    def _attempt_of(self, kind: Kind) -> float:
        try:
            return 0.0 if self._publish(kind) else self.clock.real_seconds(LOOK_AGAIN_MS)
        except LeaseHeld as held:
            log.info("another pipeline is at work", reason=str(held))
        except StoreUnavailable as error:
            log.error("the store is away; the run is tried again", error=str(error), seconds=RETRY_AFTER_S)
        except Exception:
            log.exception("the run failed and is tried again", kind=kind.name, seconds=RETRY_AFTER_S)
        return RETRY_AFTER_S
