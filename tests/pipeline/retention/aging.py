"""A world in which things grow old within hours instead of weeks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.pipeline.mortal import DiskCatalogue, death
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, World, agents

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.rebuild import Report, rebuild
from trunkline.pipeline.retention.needs import Keep
from trunkline.pipeline.retention.tidy import Tidied, tidy
from trunkline.pipeline.steps import Progress, silent
from trunkline.pipeline.types import KINDS
from trunkline.segments.layout import EVENTS

LENGTHS = {
    "inactivity": 30 * MINUTE_MS,
    "maximum": 2 * HOUR_MS,
    "messaging_inactivity": HOUR_MS,
    "messaging_maximum": HOUR_MS,
}
KEEP = Keep(
    files=4 * HOUR_MS, segments=6 * HOUR_MS, letters=3 * HOUR_MS, late=2 * HOUR_MS, pause=10 * MINUTE_MS
)
LOOK_BACK = 6 * HOUR_MS
"""Twice as far as a session reaches, and an hour."""


def hour(number: int) -> int:
    return H0 + number * HOUR_MS


@dataclass
class Aging(World):
    def __post_init__(self) -> None:
        self.rules = {NORTHWIND: agents(**LENGTHS), CONTOSO: agents("1.0.0.35", **LENGTHS)}
        super().__post_init__()

    def tidy(self, now: int, keep: Keep = KEEP, progress: Progress = silent, **given: Any) -> Tidied:
        kinds = given.pop("kinds", [self.kind])
        return tidy(self.store, self.catalogue, kinds, keep, now, progress=progress, **given)

    def rebuilt(self, first: int, end: int) -> Report:
        return rebuild(
            self.store,
            self.catalogue,
            KINDS[self.kind],
            first_hour=first,
            end_hour=end,
            work=self.folder / "rebuild",
        )

    def segments(self) -> list[str]:
        return [key for key in self.store.list(EVENTS) if key.endswith(".ndjson")]


def opened(folder: Path) -> Aging:
    """A world on disk, catalogue and all."""
    world = Aging(folder)
    world.catalogue = DiskCatalogue({world.kind: world.rules}, path=folder / "catalogue")
    return world


def tidy_twice(folder: Path, now: int, die_at: tuple[str, int] | None = None) -> None:
    """Marks, and after the pause removes; ends like a killed process at the so-manieth time of a step."""
    world = opened(folder)
    progress = death(*die_at) if die_at else silent
    for at in (now, now + KEEP.pause + 1):
        world.tidy(at, progress=progress)
