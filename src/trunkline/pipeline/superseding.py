"""Which files stand for which earlier ones: where a session is emitted again, its earlier emission no longer counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trunkline.pipeline.catalogue import DataFile
from trunkline.pipeline.data_files import WrittenFile
from trunkline.pipeline.settler import Superseded


def with_superseded(
    written: Sequence[WrittenFile],
    superseded: set[Superseded],
    published: Mapping[tuple[str, str, int], Sequence[str]],
) -> list[WrittenFile]:
    """The files with the names of all parts that may hold an earlier emission of one of their sessions.

    `published`: the parts of earlier runs, by account, data type and hour.
    """
    names = {scope: list(parts) for scope, parts in published.items()}
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
