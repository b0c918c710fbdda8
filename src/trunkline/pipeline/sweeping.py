"""Attempts and what they leave behind.

An attempt has a folder of its own below the work folder. One that is there when a run begins belongs to a run that was killed: its
data files may lie in the store without being listed, and are removed once this run is published.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trunkline.clock import DAY_MS, HOUR_MS
from trunkline.pipeline.catalogue import Catalogue, Run, longest_reach
from trunkline.pipeline.plan import Plan
from trunkline.segments.layout import hour_name
from trunkline.store import Store, sync_folder

LATE_LIMIT_DAYS = 3


@dataclass(frozen=True)
class Attempt:
    folder: Path
    leftovers: tuple[Path, ...]
    """Folders of attempts that were killed."""


def begin_attempt(work: Path, plan: Plan) -> Attempt:
    work.mkdir(parents=True, exist_ok=True)
    leftovers = tuple(sorted(path for path in work.iterdir() if path.is_dir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{plan.run_id}.", dir=work))
    sync_folder(work)
    return Attempt(folder, leftovers)


def end_attempt(store: Store, catalogue: Catalogue, run: Run, attempt: Attempt) -> None:
    """Remove what killed attempts left in the store, compacted segments that are no longer looked at, and the folders."""
    ids = {_run_id(folder) for folder in attempt.leftovers} - {_run_id(attempt.folder)}
    if ids:
        for key in _unlisted(store, catalogue, ids):
            store.delete(key)
    _forget_compacted(store, run)
    for folder in (*attempt.leftovers, attempt.folder):
        shutil.rmtree(folder, ignore_errors=True)


def _run_id(folder: Path) -> str:
    return folder.name.partition(".")[0]


def _unlisted(store: Store, catalogue: Catalogue, ids: set[str]) -> Iterator[str]:
    """Data files of these runs that no row lists."""
    for key in list(store.list("files")):
        name = key.split("/")
        if key.rsplit(".", 2)[1] in ids:
            hour = int(name[3].split(".")[1])
            if all(
                key not in (file.key, file.ids_key) for file in catalogue.files(name[2], hour, hour + HOUR_MS)
            ):
                yield key


def _forget_compacted(store: Store, run: Run) -> None:
    """Late events recall an actor's history from compacted segments: as far back as the late limit and a session reach."""
    oldest = hour_name(run.end_hour - LATE_LIMIT_DAYS * DAY_MS - 2 * longest_reach(run.rules.values()))
    for key in list(store.list(f"compact/{run.kind}")):
        if key.split("/")[2] < oldest:
            store.delete(key)
