"""The catalogue in memory: the same contract as the platform's, for tests and for benchmarks."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from trunkline.pipeline.catalogue import (
    AlreadyPublished,
    DataFile,
    FileTally,
    LeaseHeld,
    PastRun,
    Run,
    SessionRules,
)


@dataclass
class Row:
    """A published run and what retention has done with it."""

    run: Run
    published: int
    files: list[DataFile]
    expired: int | None = None
    forgotten: bool = False

    @property
    def listed(self) -> Run:
        return self.run if self.expired is None else replace(self.run, files=())


@dataclass
class MemoryCatalogue:
    """Implements `RetainingCatalogue`. `switched_on`: data type → account → rules."""

    switched_on: Mapping[str, Mapping[str, SessionRules]]
    published_at: Callable[[Run], int] = lambda run: run.end_hour
    """When a run is said to have been published, epoch ms."""
    _rows: dict[str, list[Row]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leases: dict[str, str] = field(default_factory=dict)

    def rules(self, kind: str) -> dict[str, SessionRules]:
        return dict(sorted(self.switched_on.get(kind, {}).items()))

    def last_run(self, kind: str) -> Run | None:
        rows = self._of(kind)
        return rows[-1].listed if rows else None

    def runs(self, kind: str, first_hour: int, end_hour: int) -> Sequence[Run]:
        return [
            row.listed
            for row in self._of(kind)
            if not row.forgotten and row.run.first_hour < end_hour and row.run.end_hour > first_hour
        ]

    def kept_from(self, kind: str) -> int | None:
        oldest = next((row.run for row in self._of(kind) if not row.forgotten), None)
        return oldest.first_hour if oldest and oldest.carried is not None else None

    def consumed(self, kind: str, keys: Sequence[str]) -> set[str]:
        return {key for row in self._of(kind) for key in row.run.segments} & set(keys)

    def publish(self, run: Run) -> None:
        with self._lock:
            rows = self._rows.setdefault(run.kind, [])
            same_start = next((row.run for row in rows if row.run.first_hour == run.first_hour), None)
            if same_start and _content(same_start) == _content(run):
                return
            follows = not rows or rows[-1].run.end_hour == run.first_hour
            if not follows or self.consumed(run.kind, run.segments):
                raise AlreadyPublished(f"{run.kind}: hours from {run.first_hour} were published before")
            rows.append(Row(run, self.published_at(run), list(run.files)))
            self._changed()

    @contextmanager
    def lease(self, kind: str, holder: str, seconds: int = 60) -> Iterator[None]:
        with self._lock:
            if kind in self._leases:
                raise LeaseHeld(f"{kind} is worked on by {self._leases[kind]}")
            self._leases[kind] = holder
        try:
            yield
        finally:
            del self._leases[kind]

    def files(self, data_type: str, first_hour: int, end_hour: int) -> Iterator[DataFile]:
        wanted = [file for file in self._listed(first_hour, end_hour) if file.data_type == data_type]
        yield from sorted(wanted, key=lambda file: (file.scope_start, file.account_id, file.part))

    def restored(self, file: DataFile) -> None:
        for rows in self._rows.values():
            for row in rows:
                row.files = [_restored(one, file) for one in row.files]
                row.run = replace(row.run, files=tuple(_restored(one, file) for one in row.run.files))
        self._changed()

    def file_tallies(self, first_hour: int, end_hour: int) -> Sequence[FileTally]:
        several: dict[tuple[str, str], list[DataFile]] = {}
        for file in self._listed(first_hour, end_hour):
            several.setdefault((file.account_id, file.data_type), []).append(file)
        return [
            FileTally(
                account_id=account_id,
                data_type=data_type,
                files=len(files),
                records=sum(file.records for file in files),
                bytes=sum(file.bytes for file in files),
                newest=max(file.scope_start for file in files),
            )
            for (account_id, data_type), files in sorted(several.items())
        ]

    def account_counts(
        self, kind: str, first_hour: int, end_hour: int
    ) -> Iterator[Mapping[str, Mapping[str, int]]]:
        runs = [row.run for row in self._of(kind)]
        return iter([run.accounts for run in runs if first_hour <= run.first_hour < end_hour])

    def past(self, kind: str) -> Sequence[PastRun]:
        return [
            PastRun(
                first_hour=row.run.first_hour,
                end_hour=row.run.end_hour,
                published=row.published,
                reach=row.run.reach,
                expired=row.expired,
                forgotten=row.forgotten,
            )
            for row in self._of(kind)
        ]

    def expire(self, kind: str, until: int, now: int) -> None:
        for row in self._of(kind):
            if row.run.end_hour <= until and row.expired is None:
                row.expired = now
        self._changed()

    def expired_files(self, kind: str, before: int, most: int) -> Sequence[DataFile]:
        gone = [row for row in self._of(kind) if row.expired is not None and row.expired < before]
        return [file for row in gone for file in row.files][:most]

    def drop_files(self, files: Sequence[DataFile]) -> None:
        keys = {file.key for file in files}
        for rows in self._rows.values():
            for row in rows:
                row.files = [file for file in row.files if file.key not in keys]
        self._changed()

    def forget(self, kind: str, until: int) -> None:
        for row in self._of(kind):
            row.forgotten = row.forgotten or row.run.end_hour <= until
        self._changed()

    def forgotten(self, kind: str, most: int) -> Sequence[Run]:
        return [row.run for row in self._of(kind) if row.forgotten and not row.files][:most]

    def held(self, kind: str, keys: Sequence[str]) -> set[str]:
        rows = [row for row in self._of(kind) if not row.forgotten]
        return {key for row in rows for key in row.run.segments} & set(keys)

    def drop_run(self, run: Run) -> None:
        self._rows[run.kind] = [row for row in self._of(run.kind) if row.run.first_hour != run.first_hour]
        self._changed()

    def _changed(self) -> None:
        """After each change: a catalogue that lasts puts itself on disk here."""

    def _listed(self, first_hour: int, end_hour: int) -> Iterator[DataFile]:
        for rows in self._rows.values():
            for row in rows:
                for file in row.listed.files:
                    if first_hour <= file.scope_start < end_hour:
                        yield file

    def _of(self, kind: str) -> list[Row]:
        return self._rows.get(kind, [])


def _restored(listed: DataFile, file: DataFile) -> DataFile:
    now = replace(listed, key=file.key, bytes=file.bytes, digest=file.digest)
    same = replace(file, supersedes=listed.supersedes, ids_key=listed.ids_key) == now
    return now if same else listed


def _content(run: Run) -> Run:
    """What makes two runs the same: equal text is equal content, whatever the compressor and however encrypted."""
    files = tuple(replace(file, key="", bytes=0, digest="") for file in run.files)
    return replace(run, counts={}, accounts={}, files=files)
