"""The verb: remove what is past its time.

Marks first, objects next, rows last. A mark is one transaction, and from then on nobody is shown a file, or looks back at a
run, whose objects may be half gone; the rows say what is still to be removed as long as there is something. Killed between
any two steps it is simply started again. One at a time does it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from trunkline.pipeline.catalogue import LeaseHeld, RetainingCatalogue
from trunkline.pipeline.retention.needs import Keep, collectors_until
from trunkline.pipeline.retention.outlook import Outlook, outlook, surroundings
from trunkline.pipeline.retention.sweeping import leftovers
from trunkline.pipeline.steps import Progress, silent
from trunkline.segments.layout import manifest_key
from trunkline.store import Store

TIDY_STEPS = (
    "expired",  # files of a kind are no longer listed
    "forgotten",  # runs of a kind are no longer looked back at
    "file-removed",  # an object of a data file is gone (done of total files)
    "files-dropped",  # the rows of these files are gone
    "segment-hidden",  # a segment's manifest is gone: for readers, the segment is
    "segment-removed",  # a segment is gone (done of total segments of a run)
    "run-dropped",  # the row of a run is gone
    "swept",  # something beside them is gone (done of total)
)
REMOVAL = "removal"
"""The lease of whoever tidies; a backup holds it so that nobody does."""
MOST = 1000
"""Files, runs and other objects that one call removes."""


@dataclass
class Tidied:
    """What was removed, or is going to be."""

    files: int = 0
    bytes: int = 0
    """Of these files."""
    segments: int = 0
    runs: int = 0
    others: int = 0
    """Dead letters, states and indexes, markers, registrations."""
    outlooks: dict[str, Outlook] = field(default_factory=dict)
    """By kind."""
    letters_until: int = 0
    """Dead letters of hours that ended by then (epoch ms) go."""
    busy: list[str] = field(default_factory=list)
    """Kinds at which a pipeline is at work: nothing new of them was marked."""
    held: str = ""
    """Why nothing was done: somebody else tidies, or a backup is being taken."""
    more: bool = False
    """There is more to remove than one call does."""


def tidy(
    store: Store,
    catalogue: RetainingCatalogue,
    kinds: Sequence[str],
    keep: Keep,
    now: int,
    *,
    holder: str = "tidy",
    dry_run: bool = False,
    most: int = MOST,
    progress: Progress = silent,
) -> Tidied:
    """Remove what is past its time, of each sort at most so many. `kinds`: all there are. `now`: epoch ms.

    With `dry_run` nothing changes: `outlooks` and `letters_until` say what would go.
    """
    if dry_run:
        return _looked(store, catalogue, kinds, keep, now)
    try:
        # What another one removes between two looks would seem never to have been read.
        with catalogue.lease(REMOVAL, holder):
            return _tidied(store, catalogue, kinds, keep, now, holder, most, progress)
    except LeaseHeld as held:
        return Tidied(held=str(held))


def _looked(
    store: Store, catalogue: RetainingCatalogue, kinds: Sequence[str], keep: Keep, now: int
) -> Tidied:
    around = surroundings(store, catalogue, kinds, now, keep)
    found = {kind: outlook(store, catalogue, kind, around, now, keep) for kind in kinds}
    return Tidied(outlooks=found, letters_until=around.letters_until)


def _tidied(
    store: Store,
    catalogue: RetainingCatalogue,
    kinds: Sequence[str],
    keep: Keep,
    now: int,
    holder: str,
    most: int,
    progress: Progress,
) -> Tidied:
    around = surroundings(store, catalogue, kinds, now, keep)
    done = Tidied(letters_until=around.letters_until)
    for kind in kinds:
        try:
            # While a run is at work nothing may vanish that its plan looks back at.
            with catalogue.lease(kind, holder):
                found = outlook(store, catalogue, kind, around, now, keep)
                _mark(catalogue, kind, found, now, progress)
            done.outlooks[kind] = found
        except LeaseHeld:
            done.busy.append(kind)
    removal = _Removal(store, catalogue, kinds, most, progress, done)
    for kind in kinds:
        removal.remove_files(kind, before=now - keep.pause)
    for kind in kinds:
        removal.remove_runs(kind)
    removal.sweep(leftovers(store, catalogue, kinds, around.letters_until, collectors_until(now, keep)))
    return done


def _mark(catalogue: RetainingCatalogue, kind: str, found: Outlook, now: int, progress: Progress) -> None:
    if found.expires:
        catalogue.expire(kind, found.expires, now)
        progress("expired", 1, 1)
    if found.forgets:
        catalogue.forget(kind, found.forgets)
        progress("forgotten", 1, 1)


@dataclass(frozen=True)
class _Removal:
    store: Store
    catalogue: RetainingCatalogue
    kinds: Sequence[str]
    most: int
    progress: Progress
    done: Tidied

    def remove_files(self, kind: str, before: int) -> None:
        files = self.catalogue.expired_files(kind, before, self.most)
        for number, file in enumerate(files, 1):
            self.store.delete(file.key)
            if file.ids_key:
                self.store.delete(file.ids_key)
            self.progress("file-removed", number, len(files))
        if files:
            self.catalogue.drop_files(files)
            self.progress("files-dropped", 1, 1)
        self.done.files += len(files)
        self.done.bytes += sum(file.bytes for file in files)
        self.done.more |= len(files) == self.most

    def remove_runs(self, kind: str) -> None:
        """Segments of forgotten runs that no kind holds any more; and the rows of runs of which none is left."""
        runs = self.catalogue.forgotten(kind, self.most)
        dropped = 0
        for run in runs:
            free = self._free(run.segments)
            for number, segment in enumerate(free, 1):
                self._remove(segment)
                self.progress("segment-removed", number, len(free))
            if len(free) == len(run.segments):
                self.catalogue.drop_run(run)
                self.progress("run-dropped", 1, 1)
                dropped += 1
        self.done.runs += dropped
        # Those that must stay for another kind are the same ones next time.
        self.done.more |= len(runs) == self.most and dropped > 0

    def _free(self, segments: Sequence[str]) -> list[str]:
        """Those that every kind has read and no run that may be needed has. The row that says so outlives the segment:
        without it the next run would read the segment once more."""
        held: set[str] = set()
        for kind in self.kinds:
            held |= self.catalogue.held(kind, segments)
            unread = set(segments) - self.catalogue.consumed(kind, segments)
            held |= {key for key in unread if self.store.exists(manifest_key(key))}
        return [key for key in segments if key not in held]

    def _remove(self, segment: str) -> None:
        self.done.segments += self.store.exists(segment)
        self.store.delete(manifest_key(segment))
        self.progress("segment-hidden", 1, 1)
        self.store.delete(segment)

    def sweep(self, keys: Iterable[str]) -> None:
        some = [key for key, _ in zip(keys, range(self.most), strict=False)]
        for number, key in enumerate(some, 1):
            self.store.delete(key)
            self.progress("swept", number, len(some))
        self.done.others += len(some)
        self.done.more |= len(some) == self.most
