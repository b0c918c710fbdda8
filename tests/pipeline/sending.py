"""Real collectors in a world, at a time that the test chooses: what they take, refuse and close is theirs to decide."""

import asyncio
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tests.pipeline.world import NORTHWIND, Event, World

from trunkline.clock import HOUR_MS, MINUTE_MS, Clock
from trunkline.collector.admission import MOST_WAITING_BYTES, Admission, Quotas
from trunkline.collector.disk import DiskReserve
from trunkline.collector.ingest import Ingest, Taken
from trunkline.collector.journal import Journal
from trunkline.collector.keys import WriteKey
from trunkline.collector.sender import Sender
from trunkline.pipeline.catalogue import DEFAULT_GRACE, Run
from trunkline.pipeline.schedule import Schedule
from trunkline.pipeline.types import KINDS
from trunkline.segments.recorder import Recorder

TIMEOUT = 5 * MINUTE_MS
KEY = WriteKey("k-north", NORTHWIND, "")


@dataclass
class Site:
    """One clock, some collectors, a pipeline that works as its worker does."""

    world: World
    now: int
    collectors: dict[str, "Collector"] = field(default_factory=dict)

    def __enter__(self) -> "Site":
        self.runner = asyncio.Runner()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.collectors):
            self.collectors[name].stop()
        self.runner.close()

    def start(self, name: str) -> "Collector":
        self.collectors[name] = Collector(self, name)
        return self.collectors[name]

    def pass_until(self, instant: int) -> None:
        """The clock goes on, and every collector that runs notices."""
        self.now = instant
        for one in self.collectors.values():
            one.tick()

    def publish(self) -> list[Run]:
        """What is due by now, hour after hour."""
        schedule = Schedule(
            store=self.world.store,
            catalogue=self.world.catalogue,
            kinds={self.world.kind: KINDS[self.world.kind]},
            work=self.world.folder / "work",
            clock=Clock(real=lambda: self.now),
            grace=DEFAULT_GRACE,
            timeout=TIMEOUT,
        )
        runs = []
        while run := schedule.run_one(KINDS[self.world.kind]):
            runs.append(run)
        return runs

    def publish_at_the_end_of(self, hour: int) -> list[Run]:
        self.pass_until(hour + HOUR_MS + 1000)
        return self.publish()


class Collector:
    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        self._name = name
        clock = Clock(real=lambda: site.now)
        folder = site.world.folder / name
        self._recorder = Recorder(site.world.store, folder, name)
        self._journal = Journal(self._recorder, clock)
        site.runner.run(self._start())
        admission = Admission(
            Quotas.at(10**6, 10**6, 10**6), DiskReserve([folder], 0), self._journal, MOST_WAITING_BYTES
        )
        self._ingest = Ingest(
            self._journal, admission, clock, most_bytes=2**20, most_events=1000, late_hours=72
        )

    async def _start(self) -> None:
        self._journal.start(asyncio.get_running_loop())

    def send(self, *events: Event) -> Taken:
        """As a producer sends them: without what the collector adds."""
        sent = [{name: value for name, value in one.items() if name != "receivedAt"} for one in events]
        taking = self._ingest.take(json.dumps(sent).encode(), "", Sender(KEY), lines=False)
        return self._site.runner.run(taking)

    def tick(self) -> None:
        """Hours that have ended are closed when this returns."""
        self._journal.tick()
        self._site.runner.run(self._journal.append(self._journal.now(), b"", None, []))

    def stop(self) -> None:
        self._site.collectors.pop(self._name)
        self._journal.stop()

    def kill(self) -> None:
        """Its open segment stays as it is, and it stays registered."""
        self._site.collectors.pop(self._name)
        self._recorder.abandon()


def refusals(taken: Taken) -> list[Any]:
    return [one.reason for one in taken.refused]
