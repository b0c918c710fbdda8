"""The work of a run: a plan becomes finished files in the work folder. Nothing is published here.

Two buckets are settled while the one before is compressed; at no time are more than three in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.encryption.encryptor import Encryptor
from trunkline.pipeline.buckets import Bucket, Division, divided, read
from trunkline.pipeline.carrying import gathered_index, gathered_state
from trunkline.pipeline.catalogue import DataFile
from trunkline.pipeline.compaction import compacted
from trunkline.pipeline.data_files import Scope, ScopeWriter, WrittenFile
from trunkline.pipeline.encrypted_text import Encryption
from trunkline.pipeline.history import History
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.records.lines import Lines, lines
from trunkline.pipeline.sessions.job import late_actors, sessions
from trunkline.pipeline.sessions.kinds import Kind, Output
from trunkline.pipeline.sessions.tallies import added
from trunkline.pipeline.steps import Progress

WORKERS = 2

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class FloodInSeveralHours(Exception):
    """An actor has more events in these hours together than a run settles; one hour at a time it may have fewer."""


@dataclass(frozen=True)
class Settled:
    """What a bucket gives: text for the files, and frames."""

    lines: list[Lines]
    carried: pl.DataFrame
    index: pl.DataFrame
    dead: pl.DataFrame
    superseded: set[tuple[str, str, int, int]]
    """Account, data type, hour of a session's file, hour of the file that holds its emission before."""
    tallies: pl.DataFrame
    floods: pl.DataFrame
    """Late actors with a history that is too long to be read again (`events`: the new ones)."""


@dataclass
class Built:
    """Complete and synced, in the work folder."""

    files: list[WrittenFile]
    state: Path
    index: Path
    dead: pl.DataFrame
    floods: pl.DataFrame
    """Actors whose new events were set aside: account, actor, `events`."""
    tallies: pl.DataFrame


def build(plan: Plan, kind: Kind, past: History, size: int, work: Path, progress: Progress) -> Built:
    """Raises `DamagedSegment`, `FloodInSeveralHours`, `EncryptionFailed`. `size`: events of a bucket."""
    state, index = gathered_state(work, kind), gathered_index(work, kind)
    dead, tallies, superseded = [], [], set[tuple[str, str, int, int]]()
    with ThreadPoolExecutor(WORKERS) as pool, Encryptor() as encryptor:
        files = _Files(plan, kind, work, Encryption(plan.rules, encryptor))
        division = _divided(plan, kind, past, size, work, pool, progress)
        settle, floods = _Settler(plan, kind, past, division.floods), [_bearable(division.floods, plan)]
        for number, settled in enumerate(_in_order(pool, settle, division.buckets), 1):
            files.write(settled.lines)
            state.add(settled.carried)
            index.add(settled.index)
            dead.append(settled.dead)
            floods.append(_bearable(settled.floods, plan))
            tallies.append(settled.tallies)
            superseded |= settled.superseded
            progress("settled", number, len(division.buckets))
        finished = files.finish()
    written = _with_superseded(finished, superseded, past)
    none = pl.DataFrame(schema={**kind.columns, "reason": pl.String()})
    set_aside = pl.concat(floods)
    built = Built(
        written, state.finish(), index.finish(), pl.concat([none, *dead]), set_aside, added(tallies)
    )
    progress("built", 1, 1)
    return built


def _bearable(floods: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The floods, if this is the smallest of plans."""
    if floods.height and plan.end_hour - plan.first_hour > HOUR_MS:
        raise FloodInSeveralHours
    return floods


def _divided(
    plan: Plan,
    kind: Kind,
    past: History,
    size: int,
    work: Path,
    pool: ThreadPoolExecutor,
    progress: Progress,
) -> Division:
    paths = []
    for path in _in_order(pool, lambda key: compacted(past.store, key, kind, work), plan.segments):
        paths.append(path)
        progress("compacted", len(paths), len(plan.segments))
    carried = [past.store.local(plan.state)] if plan.state else []
    return divided(paths, carried, kind, list(plan.rules), size=size, most=plan.actor_events)


def _in_order(pool: ThreadPoolExecutor, work: Callable[[_In], _Out], todo: Iterable[_In]) -> Iterator[_Out]:
    """The results in the order of the input, never more than `WORKERS` of them waiting or being made."""
    running: list[Future[_Out]] = []
    for one in todo:
        if len(running) == WORKERS:
            yield running.pop(0).result()
        running.append(pool.submit(work, one))
    while running:
        yield running.pop(0).result()


@dataclass(frozen=True)
class _Settler:
    plan: Plan
    kind: Kind
    past: History
    floods: pl.DataFrame

    def __call__(self, bucket: Bucket) -> Settled:
        plan, kind, accounts = self.plan, self.kind, list(self.plan.rules)
        new = read(bucket.events, kind, accounts, self.floods)
        carried = read(bucket.carried, kind, accounts, self.floods.clear())
        index = self.past.index(new)
        given: dict[str, Any] = {
            "kind": kind,
            "rules": plan.rules,
            "hours": plan.hours,
            "grace": plan.grace,
            "settled": plan.settled,
        }
        late = late_actors(new, index, **given)
        start = self._start(index, late)
        deep = self._too_deep(late, start)
        floods = (
            new.join(deep, on=kind.key, how="semi").group_by(kind.key).agg(events=pl.len().cast(pl.Int64))
        )
        new, late = (frame.join(deep, on=kind.key, how="anti") for frame in (new, late))
        recalled = self.past.events(late, start)
        outcome = sessions(new, carried, index, recalled, **given)
        return Settled(
            lines(outcome, kind, plan.rules),
            outcome.carried,
            outcome.index,
            outcome.dead,
            {one for output in kind.outputs for one in _superseded(outcome.sessions, output)},
            outcome.tallies,
            floods.sort(kind.key),
        )

    def _too_deep(self, late: pl.DataFrame, start: int) -> pl.DataFrame:
        """The late actors whose history alone is a flood."""
        known = self.past.counts(late, start)
        return known.filter(pl.col("events") > self.plan.actor_events).select(self.kind.key)

    def _start(self, index: pl.DataFrame, late: pl.DataFrame) -> int:
        """The oldest start of the late actors' sessions."""
        lines = index.join(late, on=self.kind.key, how="semi")
        start = lines["start"].min()
        return int(start) if isinstance(start, int) else 0


def _superseded(sessions: pl.DataFrame, output: Output) -> Iterator[tuple[str, str, int, int]]:
    again = sessions.filter(pl.col(output.emits) & pl.col(output.supersedes).is_not_null())
    for account, hour, before in again.select("accountId", "hour", output.supersedes).iter_rows():
        yield account, output.data_type, hour, before


class _Files:
    """The data files of a run. Buckets come in the order of accounts: when an account is over, its files are finished."""

    def __init__(self, plan: Plan, kind: Kind, work: Path, encryption: Encryption) -> None:
        self._plan, self._work, self._encryption = plan, work, encryption
        self._prefixes = {output.data_type: output.file_prefix for output in kind.outputs}
        self._open: dict[tuple[str, str, int], ScopeWriter] = {}
        self._done: list[WrittenFile] = []

    def write(self, several: Sequence[Lines]) -> None:
        for one in several:
            self._finish_others(one.account_id)
            self._writer(one).write(one.text, one.records, one.ids)

    def finish(self) -> list[WrittenFile]:
        self._finish_others(None)
        return self._done

    def _writer(self, one: Lines) -> ScopeWriter:
        key = one.account_id, one.data_type, one.hour
        if key not in self._open:
            scope = Scope(
                account_id=one.account_id,
                data_type=one.data_type,
                hour=one.hour,
                schema_version=one.schema_version,
                prefix=self._prefixes[one.data_type],
            )
            self._open[key] = ScopeWriter(
                scope, self._plan.run_id, self._work, self._plan.part_bytes, self._encryption
            )
        return self._open[key]

    def _finish_others(self, account: str | None) -> None:
        for key in sorted(key for key in self._open if key[0] != account):
            self._done += self._open.pop(key).finish()


def _with_superseded(
    written: list[WrittenFile], superseded: set[tuple[str, str, int, int]], past: History
) -> list[WrittenFile]:
    """The files with the names of all parts that may hold an earlier emission of one of their sessions."""
    names = past.file_names()
    for one in written:
        names.setdefault(_scope_of(one.file), []).append(one.file.name)
    found: dict[tuple[str, str, int], set[str]] = {}
    for account, data_type, hour, before in superseded:
        several = names.get((account, data_type, before), ())
        found.setdefault((account, data_type, hour), set()).update(several)
    return [
        replace(one, file=replace(one.file, supersedes=tuple(sorted(found.get(_scope_of(one.file), ())))))
        for one in written
    ]


def _scope_of(file: DataFile) -> tuple[str, str, int]:
    return file.account_id, file.data_type, file.scope_start
