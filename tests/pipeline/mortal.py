"""A pipeline that can be killed: a process of its own, with a catalogue that lasts as long as the disk."""

import os
import pickle
from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.visitors import visit_rules
from tests.pipeline.world import CONTOSO, NORTHWIND, World, agents

from trunkline.clock import HOUR_MS
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.plan import Limits
from trunkline.pipeline.steps import Progress, silent

LIMITS = Limits(part_bytes=6000, bucket_events=20)


@dataclass
class DiskCatalogue(MemoryCatalogue):
    """Every change is one atomic write, as a database's transaction is."""

    path: Path = Path()

    def __post_init__(self) -> None:
        if self.path.exists():
            self._rows = pickle.loads(self.path.read_bytes())

    def _changed(self) -> None:
        temporary = self.path.with_suffix(".tmp")
        temporary.write_bytes(pickle.dumps(self._rows))
        temporary.replace(self.path)


RULES = {
    "agentActivity": {NORTHWIND: agents("1.0.0.4"), CONTOSO: agents("1.0.0.35")},
    "visits": {NORTHWIND: visit_rules("1.0.0.22"), CONTOSO: visit_rules("1.0.0.35")},
}


def opened(folder: Path, kind: str = "agentActivity") -> World:
    world = World(folder, RULES[kind], kind)
    world.catalogue = DiskCatalogue({kind: world.rules}, path=folder / "catalogue")
    return world


def work(folder: Path, kind: str, first: int, until: int, die_at: tuple[str, int] | None = None) -> None:
    """Run what is due, six hours at a time; end like a killed process at the so-manieth time of a step."""
    world = opened(folder, kind)
    progress = death(*die_at) if die_at else silent
    for at in range(first + 6 * HOUR_MS, until + 1, 6 * HOUR_MS):
        world.run(at, LIMITS, progress=progress)


def death(name: str, times: int) -> Progress:
    seen = 0

    def progress(step: str, done: int, total: int) -> None:
        nonlocal seen
        seen += step == name
        if step == name and seen == times:
            os._exit(9)

    return progress
