"""What grows on the disks of this machine: sizes by hour, as the names of files tell them."""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from trunkline.cli.backups.copying import walk
from trunkline.cli.forecast import Growing
from trunkline.clock import DAY_MS, HOUR_MS, hour_of
from trunkline.settings import Settings

_COMPACT_DAYS = 23
"""Compacted segments stay as long as late events may look back: with messaging conversations of a week so long."""
_NAMED_HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d")
_MADE = "SELECT min(applied) FROM django_migrations"


def growing_on(disk: Path, settings: Settings, store: Path | None) -> list[Growing]:
    """Everything that lies on the same disk as `disk`. `store`: a local one."""
    found = [*(_in_store(store, settings) if store and _same(store, disk) else ())]
    if not settings.database_url and _same(settings.data, disk):
        found += _databases(settings)
    return found


def _same(folder: Path, disk: Path) -> bool:
    return folder.exists() and folder.stat().st_dev == disk.stat().st_dev


def _in_store(store: Path, settings: Settings) -> Iterator[Growing]:
    files, segments = _length(settings.file_days), _segments(settings)
    yield Growing(_sizes(store / "files", _scope), files)
    for name in ("segments", "state", "index"):
        yield Growing(_sizes(store / name, _named_hour), segments)
    yield Growing(_sizes(store / "deadletter", _named_hour), _length(settings.letter_days))
    yield Growing(_sizes(store / "compact", _named_hour), _COMPACT_DAYS * DAY_MS)


def _segments(settings: Settings) -> int | None:
    """Listed files hold the segments that they were made of."""
    lengths = [_length(settings.segment_days), _length(settings.file_days)]
    return None if None in lengths else max(length for length in lengths if length is not None)


def _length(days: int) -> int | None:
    return days * DAY_MS or None


def _sizes(folder: Path, hour_in: Callable[[Path], int | None]) -> dict[int, float]:
    sizes: dict[int, float] = defaultdict(float)
    for path in walk(folder):
        if (hour := hour_in(path)) is not None:
            try:
                sizes[hour] += path.stat().st_size
            except FileNotFoundError:
                continue
    return dict(sizes)


def _scope(path: Path) -> int | None:
    """The hour of a data file."""
    parts = path.name.split(".")
    return int(parts[1]) if len(parts) > 3 and parts[1].isdecimal() else None


def _named_hour(path: Path) -> int | None:
    """The hour in a name, or in that of the folder."""
    found = _NAMED_HOUR.match(path.name) or _NAMED_HOUR.fullmatch(path.parent.name)
    if found is None:
        return None
    return int(datetime.strptime(found[0], "%Y-%m-%dT%H").replace(tzinfo=UTC).timestamp()) * 1000


def _databases(settings: Settings) -> Iterator[Growing]:
    """Taken to have grown evenly since they were made; rows of the catalogue go with the segments."""
    for name, keep in (("record.sqlite3", None), ("catalogue.sqlite3", _segments(settings))):
        path = settings.data / name
        made = _made(path)
        if made is None:
            continue
        now = hour_of(settings.clock.now())
        hours = range(hour_of(max(made, now - keep) if keep else made), now, HOUR_MS)
        size = path.stat().st_size
        yield Growing({hour: size / len(hours) for hour in hours}, keep, measured=False)


def _made(path: Path) -> int | None:
    """When a database was made (epoch ms)."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            ((text,),) = database.execute(_MADE).fetchall()
    except sqlite3.Error:
        return None
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) if text else None
