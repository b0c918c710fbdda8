"""What the commands of the pipeline share: the settings as a schedule, bars, instants, and errors in one line."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from trunkline import settings
from trunkline.cli.instants import instant
from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, hour_of
from trunkline.encryption.encryptor import EncryptionFailed
from trunkline.pipeline.build import build
from trunkline.pipeline.catalogue import AlreadyPublished, CatalogueUnavailable, Forgotten, LeaseHeld, Run
from trunkline.pipeline.compaction import DamagedSegment
from trunkline.pipeline.engine import Engine, EngineFailed
from trunkline.pipeline.plan import Limits
from trunkline.pipeline.retention.needs import DEFAULT_KEEP, Keep
from trunkline.pipeline.schedule import Schedule
from trunkline.pipeline.types import KINDS
from trunkline.store import open_store


def schedule_of(chosen: settings.Settings, engine: Engine = build) -> Schedule:
    """Everything that a run needs, from the settings."""
    # The port's implementation brings Django with it: only where it is needed.
    from trunkline.platform.data_access.catalogue import DatabaseCatalogue

    return Schedule(
        store=open_store(chosen.store_url, chosen.cache, chosen.store_cache_bytes),
        catalogue=DatabaseCatalogue(),
        kinds=KINDS,
        work=chosen.data / "pipeline",
        clock=chosen.clock,
        grace=chosen.grace_minutes * MINUTE_MS,
        timeout=chosen.marker_timeout_minutes * MINUTE_MS,
        limits=Limits(part_bytes=chosen.part_bytes),
        keep=_keep(chosen),
        holder=f"{socket.gethostname()}:{os.getpid()}",
        engine=engine,
    )


def _keep(chosen: settings.Settings) -> Keep:
    def length(days: int) -> int | None:
        return days * DAY_MS or None

    return Keep(
        files=length(chosen.file_days),
        segments=length(chosen.segment_days),
        letters=length(chosen.letter_days),
        late=chosen.late_hours * HOUR_MS,
        # As downloads have it, who do not go faster when the clock does.
        pause=int(DEFAULT_KEEP.pause * chosen.clock.speed),
    )


@contextmanager
def told() -> Iterator[None]:
    """What a person can mend is one line."""
    try:
        yield
    except (LeaseHeld, AlreadyPublished, DamagedSegment, EncryptionFailed, EngineFailed, Forgotten) as error:
        fail(str(error))
    except CatalogueUnavailable as error:
        fail(f"{error}. Start it if it is not running, then run `trunkline migrate`")


def fail(text: str) -> NoReturn:
    typer.secho(f"Error: {text}.", fg="red", err=True)
    raise typer.Exit(1)


class Bar:
    """One bar: the step that is running and how far it is."""

    def __init__(self, kind: str) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
        )
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._kind = kind
        self._task = self._progress.add_task(kind, total=1)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, step: str, done: int, total: int) -> None:
        self._progress.update(self._task, description=f"{self._kind}: {step}", completed=done, total=total)


def hour(text: str, chosen: settings.Settings) -> int:
    now = datetime.fromtimestamp(chosen.clock.now() / 1000, UTC)
    try:
        return hour_of(int(instant(text, now).timestamp() * 1000))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def summary(published: list[Run]) -> str:
    hours = sum(done.end_hour - done.first_hour for done in published) // HOUR_MS
    files = sum(len(done.files) for done in published)
    sessions = sum(done.counts.get("sessions", 0) for done in published)
    span = f"{shown(published[0].first_hour)} to {shown(published[-1].end_hour)}"
    return f"{published[0].kind}: {files} files with {sessions} sessions for {hours} hours, {span}."


def shown(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
