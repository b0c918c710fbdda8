"""The verb: make published hours again from segments, and restore what is missing or damaged.

Each run is repeated with its own manifest: its segments, its rules, the state of the run before. Files that come out with
other text than was published are reported, never replaced: a customer may have read them.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from trunkline.clock import HOUR_MS
from trunkline.pipeline.build import build
from trunkline.pipeline.carrying import index_key
from trunkline.pipeline.catalogue import Catalogue, DataFile, Forgotten, RetainingCatalogue, Run
from trunkline.pipeline.data_files import WrittenFile, adopt_file
from trunkline.pipeline.engine import Built
from trunkline.pipeline.history import History, history
from trunkline.pipeline.plan import DEFAULT_LIMITS, Limits, plan_of
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.steps import Progress, silent
from trunkline.pipeline.sweeping import run_of, sweep
from trunkline.segments.layout import hour_name
from trunkline.store import Store


@dataclass
class Report:
    """What a rebuild found, by names of data files."""

    sound: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    """Published, and not what the segments give: other text, not made at all, or made and not published."""
    gone_until: int | None = None
    """Hours before this one (epoch ms) were asked for and are past their time: their files are gone, and with them perhaps
    what they were made of."""


def rebuild(
    store: Store,
    catalogue: RetainingCatalogue,
    kind: Kind,
    *,
    first_hour: int,
    end_hour: int,
    work: Path,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = silent,
) -> Report:
    """Every run that published an hour of `[first_hour, end_hour)` (epoch ms) and has its files. Raises `DamagedSegment`,
    `Forgotten`."""
    listed_from = _listed_from(catalogue, kind.name)
    report = Report(gone_until=listed_from if first_hour < listed_from else None)
    # Beside the folder of the runs: a run that begins meanwhile takes what it finds in its own for left behind.
    beside = work.with_name(f"{work.name}.rebuild")
    for run in catalogue.runs(kind.name, max(first_hour, listed_from), end_hour):
        with store.holding() as held:
            repeat = _Repeat(held, catalogue, kind, limits, beside)
            with repeat.built(run, progress) as built:
                _compare(held, catalogue, run, built.files, report)
                _sweep(held, catalogue, run, built.files)
                repeat.adopt_carry(run, built)
    return report


def with_carry(store: Store, catalogue: Catalogue, past: History, limits: Limits) -> None:
    """See that what earlier runs carried on is there; make it again where it is not."""
    repeat = _Repeat(store, catalogue, past.kind, limits, past.work)
    for run in past.runs:
        if not repeat.has_carry(run):
            repeat.restore_carry(run)


def _listed_from(catalogue: RetainingCatalogue, kind: str) -> int:
    """Start of the oldest run with files that are not past their time; 0 where nothing ever was."""
    gone = [run.end_hour for run in catalogue.past(kind) if run.expired is not None or run.forgotten]
    return max(gone, default=catalogue.kept_from(kind) or 0)


def _compare(
    store: Store, catalogue: Catalogue, run: Run, built: Sequence[WrittenFile], report: Report
) -> None:
    made = {_place(one.file): one for one in built}
    for file in run.files:
        one = made.pop(_place(file), None)
        if one is None or one.file.text_digest != file.text_digest:
            report.differing.append(file.name)
        elif _is_sound(store, file):
            report.sound.append(file.name)
        else:
            _restore(store, catalogue, file, one)
            report.restored.append(file.name)
    report.differing += [one.file.name for one in made.values()]


def _place(file: DataFile) -> tuple[str, str, int, int]:
    return file.account_id, file.data_type, file.scope_start, file.part


def _restore(store: Store, catalogue: Catalogue, file: DataFile, made: WrittenFile) -> None:
    """Equal bytes go where they were. Others, as of a file encrypted again, become the file's in one step: the catalogue's."""
    if _is_whole(store, file):
        assert made.ids_path and file.ids_key
        store.adopt(made.ids_path, file.ids_key)
        return
    facts = made.file if made.file.digest != file.digest else file
    now = replace(file, key=facts.key, bytes=facts.bytes, digest=facts.digest)
    adopt_file(store, replace(made, file=now))
    if now != file:
        catalogue.restored(now)
    if now.key != file.key:
        store.delete(file.key)


def _sweep(store: Store, catalogue: Catalogue, run: Run, built: Sequence[WrittenFile]) -> None:
    """Remove what a rebuild that was killed left beside encrypted files."""
    ids = {run_of(file.key) for file in [*run.files, *(one.file for one in built)]}
    for account_id, rules in run.rules.items():
        if rules.public_key:
            sweep(store, catalogue, f"files/{account_id}", ids)


def _is_sound(store: Store, file: DataFile) -> bool:
    return _is_whole(store, file) and (file.ids_key is None or store.exists(file.ids_key))


def _is_whole(store: Store, file: DataFile) -> bool:
    """Whatever is with its manifest."""
    try:
        with store.open(file.key) as stored:
            return hashlib.file_digest(stored, "sha256").hexdigest() == file.digest
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class _Repeat:
    """Published runs, made again."""

    store: Store
    catalogue: Catalogue
    kind: Kind
    limits: Limits
    work: Path

    def has_carry(self, run: Run) -> bool:
        return self.store.exists(run.state) and self.store.exists(index_key(run.state))

    def restore_carry(self, run: Run) -> None:
        """The oldest of the runs without a gap before this one that lack theirs comes first."""
        chain = [run]
        while (before := self._before(chain[-1])) and not self.has_carry(before):
            chain.append(before)
        for one in reversed(chain):
            with self.built(one, silent, in_clear=True) as built:
                self.adopt_carry(one, built)

    def adopt_carry(self, run: Run, built: Built) -> None:
        for path, key in ((built.index, index_key(run.state)), (built.state, run.state)):
            if path and not self.store.exists(key):
                self.store.adopt(path, key)

    @contextmanager
    def built(self, run: Run, progress: Progress, *, in_clear: bool = False) -> Iterator[Built]:
        """The run's files in a folder that lasts as long as the block; `in_clear` where only what it carried on is wanted."""
        plan = plan_of(self.store, run, self._before(run), self.kind, self.limits)
        if in_clear:
            rules = {account: replace(its, public_key=None) for account, its in plan.rules.items()}
            plan = replace(plan, rules=rules)
        self.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{plan.run_id}.", dir=self.work) as name:
            folder = Path(name)
            past = history(self.store, self.catalogue, plan, self.kind, folder)
            with_carry(self.store, self.catalogue, past, self.limits)
            size = max(1, self.limits.bucket_events // self.kind.weight)
            yield build(plan, self.kind, past, size, folder, progress)

    def _before(self, run: Run) -> Run | None:
        if run.carried is None:
            return None
        runs = self.catalogue.runs(run.kind, run.first_hour - HOUR_MS, run.first_hour)
        if not runs:
            first = hour_name(run.first_hour)
            raise Forgotten(
                f"{run.kind}: what the run from {first} on carried on is lost, and the run before it is past its time; "
                "bring state/ and index/ back from a copy"
            )
        return runs[-1]
