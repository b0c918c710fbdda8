"""The work of a run: a plan becomes finished files in the work folder. Nothing is published here.

Two buckets are settled while the one before is compressed; at no time are more than three in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from trunkline.encryption.encryptor import Encryptor
from trunkline.pipeline.buckets import Division, divided
from trunkline.pipeline.carrying import Gathered, index_table, state_table
from trunkline.pipeline.compaction import compacted
from trunkline.pipeline.data_files import Scope, ScopeWriter, WrittenFile
from trunkline.pipeline.encrypted_text import Encryption
from trunkline.pipeline.engine import Built, bearable, finished
from trunkline.pipeline.history import History
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.records.lines import Lines
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.settler import Findings, Settler, none_found, together
from trunkline.pipeline.steps import Progress

WORKERS = 2

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def build(plan: Plan, kind: Kind, past: History, size: int, work: Path, progress: Progress) -> Built:
    """The embedded engine: everything in the work folder. Implements `Engine`."""
    state, index = Gathered(work, state_table(kind)), Gathered(work, index_table(kind))
    found = list[Findings]()
    with (
        ThreadPoolExecutor(WORKERS) as pool,
        Encryptor() as encryptor,
        closing(_Files(plan, work, Encryption(plan.rules, encryptor))) as files,
    ):
        division = _divided(plan, kind, past, size, work, pool, progress)
        bearable(division.floods, plan)
        found.append(replace(none_found(kind), floods=division.floods))
        settle = Settler(plan, kind, past, division.floods)
        for number, settled in enumerate(_in_order(pool, settle, division.buckets), 1):
            files.write(settled.lines)
            state.add(settled.carried)
            index.add(settled.index)
            found.append(settled.findings)
            bearable(settled.findings.floods, plan)
            progress("settled", number, len(division.buckets))
        written = files.finish()
    built = finished(written, state.finish(), index.finish(), together(found, kind), past)
    progress("built", 1, 1)
    return built


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


class _Files:
    """The data files of a run. Buckets come in the order of accounts: when an account is over, its files are finished."""

    def __init__(self, plan: Plan, work: Path, encryption: Encryption) -> None:
        self._plan, self._work, self._encryption = plan, work, encryption
        self._open: dict[Scope, ScopeWriter] = {}
        self._done: list[WrittenFile] = []

    def write(self, several: Sequence[Lines]) -> None:
        for one in several:
            self._finish_others(one.scope.account_id)
            self._writer(one.scope).write(one.text, one.records, one.ids)

    def finish(self) -> list[WrittenFile]:
        self._finish_others(None)
        return self._done

    def close(self) -> None:
        """Of a run that failed; nothing is open any more after `finish`."""
        for writer in self._open.values():
            writer.close()

    def _writer(self, scope: Scope) -> ScopeWriter:
        if scope not in self._open:
            self._open[scope] = ScopeWriter(
                scope, self._plan.run_id, self._work, self._plan.part_bytes, self._encryption
            )
        return self._open[scope]

    def _finish_others(self, account: str | None) -> None:
        others = [scope for scope in self._open if scope.account_id != account]
        for scope in sorted(others, key=lambda scope: (scope.account_id, scope.data_type, scope.hour)):
            self._done += self._open[scope].finish()
            del self._open[scope]
