"""The seam between what a run is and where its work is done.

An engine turns a plan into finished files. The embedded one (`build`) does so in this process; the same rules make the same
text in any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.data_files import WrittenFile
from trunkline.pipeline.history import History
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.settler import Findings
from trunkline.pipeline.steps import Progress
from trunkline.pipeline.superseding import with_superseded


class FloodInSeveralHours(Exception):
    """An actor has more events in these hours together than a run settles; one hour at a time it may have fewer."""


class EngineFailed(Exception):
    """The engine cannot be reached or did not do its work; the text says why. The run may be tried again."""


@dataclass(frozen=True)
class Built:
    """Complete and durable, and listed nowhere yet."""

    files: Sequence[WrittenFile]
    state: Path | None
    """None: it lies in the store already, at its key; so with `index`."""
    index: Path | None
    findings: Findings


class Engine(Protocol):
    def __call__(
        self, plan: Plan, kind: Kind, past: History, size: int, work: Path, progress: Progress, /
    ) -> Built:
        """Nothing is published. Raises `DamagedSegment`, `FloodInSeveralHours`, `EncryptionFailed`, `EngineFailed`.

        `size`: events settled at one time."""


def bearable(floods: pl.DataFrame, plan: Plan) -> None:
    """Floods are set aside in the smallest of plans only. Raises `FloodInSeveralHours`."""
    if floods.height and plan.end_hour - plan.first_hour > HOUR_MS:
        raise FloodInSeveralHours


def finished(
    files: Sequence[WrittenFile], state: Path | None, index: Path | None, found: Findings, past: History
) -> Built:
    return Built(with_superseded(files, found.superseded, past.file_names()), state, index, found)
