"""Which files stand for which earlier ones: where a session is emitted again, its earlier emission no longer counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trunkline.pipeline.data_files import WrittenFile


def with_superseded(
    written: Sequence[WrittenFile],
    superseded: set[tuple[str, int, int]],
    published: Mapping[tuple[str, int], Sequence[str]],
) -> list[WrittenFile]:
    """The files with the names of all parts that may hold an earlier emission of one of their sessions.

    `published`: the parts of earlier runs, by account and hour.
    """
    names = {scope: list(parts) for scope, parts in published.items()}
    for one in written:
        names.setdefault(_scope_of(one), []).append(one.file.name)
    found: dict[tuple[str, int], set[str]] = {}
    for account, hour, before in superseded:
        found.setdefault((account, hour), set()).update(names.get((account, before), ()))
    return [
        replace(one, file=replace(one.file, supersedes=tuple(sorted(found.get(_scope_of(one), ())))))
        for one in written
    ]


def _scope_of(one: WrittenFile) -> tuple[str, int]:
    return one.file.account_id, one.file.scope_start
