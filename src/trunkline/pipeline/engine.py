"""The seam between what a run is and where its work is done.

An engine turns a plan into finished files. The embedded one (`build`) does so in this process; the same rules make the same
bytes in any other.
"""

from pathlib import Path
from typing import Protocol

from trunkline.pipeline.build import Built
from trunkline.pipeline.history import History
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.steps import Progress


class Engine(Protocol):
    def __call__(
        self, plan: Plan, kind: Kind, past: History, size: int, work: Path, progress: Progress, /
    ) -> Built:
        """Nothing is published. Raises `DamagedSegment`, `FloodInSeveralHours`. `size`: events settled at one time."""
