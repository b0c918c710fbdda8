"""Attempts and what they leave behind.

An attempt has a folder of its own below the work folder. One that is there when a run begins belongs to a run that was killed: its
data files may lie in the store without being listed, and are removed once this run is published.
"""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
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
    for left in leftovers:
        _empty(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{plan.run_id}.", dir=work))
    sync_folder(work)
    return Attempt(folder, leftovers)


def _empty(folder: Path) -> None:
    """Only its name is needed. A run that fails again and again must not fill the disk."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def end_attempt(store: Store, catalogue: Catalogue, run: Run, attempt: Attempt) -> None:
    """Remove what killed attempts left in the store, compacted segments that are no longer looked at, and the folders."""
    own = _run_id(attempt.folder)
    ids = {_run_id(folder) for folder in attempt.leftovers} - {own}
    folders = {"files": ids} if ids else {}
    # An attempt at this very run left the same files, but not where it encrypted.
    folders |= {f"files/{account}": {own} for account, its in run.rules.items() if its.public_key}
    for below, some in folders.items():
        sweep(store, catalogue, below, some)
    _forget_compacted(store, run)
    for folder in (*attempt.leftovers, attempt.folder):
        shutil.rmtree(folder, ignore_errors=True)


def _run_id(folder: Path) -> str:
    return folder.name.partition(".")[0]


def sweep(store: Store, catalogue: Catalogue, below: str, ids: set[str]) -> None:
    """Remove the data files of these runs, in this folder of the store, that no row lists."""

    @cache
    def listed(data_type: str, hour: int) -> set[str | None]:
        return {
            key
            for file in catalogue.files(data_type, hour, hour + HOUR_MS)
            for key in (file.key, file.ids_key)
        }

    for key in list(store.list(below)):
        _files, _account, data_type, name = key.split("/")
        if run_of(key) in ids and key not in listed(data_type, int(name.split(".")[1])):
            store.delete(key)


def run_of(key: str) -> str:
    """The id of the run that wrote a data file or its manifest."""
    return key.rsplit(".", 2)[1]


def _forget_compacted(store: Store, run: Run) -> None:
    """Late events recall an actor's history from compacted segments: as far back as the late limit and a session reach."""
    oldest = hour_name(run.end_hour - LATE_LIMIT_DAYS * DAY_MS - 2 * longest_reach(run.rules.values()))
    for key in list(store.list(f"compact/{run.kind}")):
        if key.split("/")[2] < oldest:
            store.delete(key)
