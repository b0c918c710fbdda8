"""What every task of a run is told, and where it works."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

import trunkline
from trunkline.pipeline.compaction import compacted
from trunkline.pipeline.gzip_member import COMPRESSOR
from trunkline.pipeline.plan import RULES_VERSION, Plan
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.types import KINDS
from trunkline.store import Store, open_store


class OtherVersions(Exception):
    """An executor has other versions of the code than the driver: it might give other bytes."""


def versions() -> dict[str, str]:
    """Of all that decides the bytes of a file."""
    return {
        "trunkline": trunkline.__version__,
        "rules": RULES_VERSION,
        "polars": pl.__version__,
        "gzip": COMPRESSOR,
    }


@dataclass(frozen=True)
class Item:
    """A file to be read, or some of its rows."""

    role: str
    """new, carried, index or recalled: what the rules make of its rows."""
    key: str
    first: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Job:
    """What stays the same in all tasks of a run. It travels to the executors: small, and nothing secret."""

    store_url: str
    plan: Plan
    size: int
    """Events in memory at one time, more or less."""
    versions: dict[str, str]

    @property
    def kind(self) -> Kind:
        return KINDS[self.plan.kind]

    @property
    def piece(self) -> int:
        """Events that a row of Spark's holds at most, so that the rows it has in hand are small for it too."""
        return max(self.size // 5, 1)

    @property
    def accounts(self) -> list[str]:
        return list(self.plan.rules)

    @contextmanager
    def begun(self) -> Iterator[tuple[Store, Path]]:
        """The store, and a folder on the executor's own disk, for the length of a task. Raises `OtherVersions`."""
        here = versions()
        if here != self.versions:
            raise OtherVersions(
                f"the executor has {here}, the driver {self.versions}: give both the same environment"
            )
        # Spark's own folders are on the disks meant for it, and go away with the executor even if this process is killed.
        folders = os.environ.get("SPARK_LOCAL_DIRS", tempfile.gettempdir()).split(",")
        its = folders[os.getpid() % len(folders)]
        with (
            open_store(self.store_url, Path(folders[0]) / "trunkline.store").holding() as store,
            tempfile.TemporaryDirectory(prefix="trunkline.", dir=its) as name,
        ):
            yield store, Path(name)


def chosen(items: Sequence[Item], rows: Iterator[dict[str, Any]]) -> Iterator[tuple[int, Item]]:
    """The items that are a task's, by their number."""
    for row in rows:
        yield row["id"], items[row["id"]]


def local(job: Job, item: Item, store: Store, work: Path) -> Path:
    """Where the item's file can be read. A segment is compacted if it is not. Raises `DamagedSegment`."""
    is_segment = item.role in ("new", "recalled")
    return compacted(store, item.key, job.kind, work) if is_segment else store.local(item.key)
