"""The catalogue in memory: the same contract as the platform's, for tests and for benchmarks."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from trunkline.pipeline.catalogue import AlreadyPublished, DataFile, LeaseHeld, Run, SessionRules


@dataclass
class MemoryCatalogue:
    """Implements `Catalogue`. `switched_on`: data type → account → rules."""

    switched_on: Mapping[str, Mapping[str, SessionRules]]
    _runs: dict[str, list[Run]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leases: dict[str, str] = field(default_factory=dict)

    def rules(self, kind: str) -> dict[str, SessionRules]:
        return dict(sorted(self.switched_on.get(kind, {}).items()))

    def last_run(self, kind: str) -> Run | None:
        runs = self._of(kind)
        return runs[-1] if runs else None

    def runs(self, kind: str, first_hour: int, end_hour: int) -> Sequence[Run]:
        return [run for run in self._of(kind) if run.first_hour < end_hour and run.end_hour > first_hour]

    def consumed(self, kind: str, keys: Sequence[str]) -> set[str]:
        return {key for run in self._of(kind) for key in run.segments} & set(keys)

    def publish(self, run: Run) -> None:
        with self._lock:
            runs = self._runs.setdefault(run.kind, [])
            same_start = next((one for one in runs if one.first_hour == run.first_hour), None)
            if same_start and _content(same_start) == _content(run):
                return
            follows = not runs or runs[-1].end_hour == run.first_hour
            if not follows or self.consumed(run.kind, run.segments):
                raise AlreadyPublished(f"{run.kind}: hours from {run.first_hour} were published before")
            runs.append(run)

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
        files = [file for runs in self._runs.values() for run in runs for file in run.files]
        wanted = [
            file
            for file in files
            if file.data_type == data_type and first_hour <= file.scope_start < end_hour
        ]
        yield from sorted(wanted, key=lambda file: (file.scope_start, file.account_id, file.part))

    def _of(self, kind: str) -> list[Run]:
        return self._runs.get(kind, [])


def _content(run: Run) -> Run:
    """What makes two runs the same: equal text is equal content, whatever the compressor."""
    return replace(run, counts={}, files=tuple(replace(file, bytes=0, digest="") for file in run.files))
