"""`trunkline pipeline …`: make data files of what was collected."""

import signal
import threading
from enum import StrEnum
from typing import Annotated

import typer

from trunkline import logs, settings
<<<<<<< HEAD
from trunkline.cli.engines import ConfOption, EngineName, EngineOption, MasterOption, engine_of
from trunkline.cli.instants import instant
=======
from trunkline.cli.pipeline_parts import Bar, hour, schedule_of, shown, summary, told
from trunkline.cli.pipeline_status import hours, status
from trunkline.cli.replay import replay_dead_letters
>>>>>>> retention
from trunkline.cli.safety import refuse_unsafe
from trunkline.cli.tidy import tidy
from trunkline.pipeline import rebuild as rebuilding
<<<<<<< HEAD
from trunkline.pipeline.build import build
from trunkline.pipeline.catalogue import AlreadyPublished, CatalogueUnavailable, LeaseHeld, Run
from trunkline.pipeline.compaction import DamagedSegment
from trunkline.pipeline.engine import Engine, EngineFailed
from trunkline.pipeline.expired_keys import expired_keys
from trunkline.pipeline.plan import Limits
=======
from trunkline.pipeline.catalogue import Run
>>>>>>> retention
from trunkline.pipeline.schedule import Schedule
from trunkline.pipeline.types import KINDS

pipeline = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Make data files of what was collected.",
)


class Every(StrEnum):
    HOUR = "hour"


@pipeline.command()
def run(
    every: Annotated[
        Every | None, typer.Option(help="Stay, and run when an hour has ended, until stopped.")
    ] = None,
    engine: EngineOption = EngineName.EMBEDDED,
    master: MasterOption = None,
    spark_conf: ConfOption = None,
) -> None:
    """Publish every hour that has ended and is not published yet.

    An hour waits for the collectors to close it. Killed at any moment and called again, it makes the same files.

    Example: trunkline --data /srv/trunkline pipeline run
    """
    doing = engine_of(engine, master, spark_conf)
    chosen = settings.load()
    if every:
        logs.configure(chosen.log_format, chosen.log_level)
        refuse_unsafe(chosen)
        run_every_hour(chosen, doing)
        return
    schedule = schedule_of(chosen, doing)
    published = [done for kind in KINDS.values() for done in _all_due(schedule, kind.name)]
    if not published:
        typer.echo("Nothing is due.")
    for kind in dict.fromkeys(done.kind for done in published):
        typer.echo(summary([done for done in published if done.kind == kind]))


def run_every_hour(chosen: settings.Settings, engine: Engine = build) -> None:
    """The worker: until SIGTERM or SIGINT; a run that has begun is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    schedule_of(chosen, engine).loop(stop)


@pipeline.command()
def rebuild(
    first: Annotated[str, typer.Option("--from", help="A date and hour (UTC), or 3d, 12h before now.")],
    end: Annotated[str, typer.Option("--to", help="The same; not included.")],
) -> None:
    """Make published hours again from the segments: missing or damaged files are restored, with the same bytes.

    A file that would come out different is named and left as it was published. Ends with code 1 if there is one, or if hours
    were asked for that are past their time.

    Example: trunkline pipeline rebuild --from 2026-11-20 --to 2026-11-21
    """
    chosen = settings.load()
    schedule = schedule_of(chosen)
    begin, until = (hour(text, chosen) for text in (first, end))
    unmade = 0
    for kind in KINDS.values():
        with told(), Bar(kind.name) as bar:
            report = rebuilding.rebuild(
                schedule.store,
                schedule.catalogue,
                kind,
                first_hour=begin,
                end_hour=until,
                work=schedule.work / kind.name,
                limits=schedule.limits,
                progress=bar.advance,
            )
        counts = (
            f"{len(report.sound)} sound, {len(report.restored)} restored, {len(report.differing)} differing"
        )
        typer.echo(f"{kind.name}: {counts}.")
        for name in report.restored:
            typer.echo(f"  restored {name}")
        for name in report.differing:
            typer.secho(f"  differs from what was published: {name}", fg="red")
<<<<<<< HEAD
        differing += len(report.differing)
    raise typer.Exit(1 if differing else 0)


@pipeline.command()
def status() -> None:
    """Show how far the files are: published hours, watermark, lag, open sessions."""
    chosen = settings.load()
    catalogue = schedule_of(chosen).catalogue
    now = chosen.clock.now()
    for kind in KINDS:
        with _told():
            found, last = status_of(catalogue, kind, now), catalogue.last_run(kind)
        typer.secho(kind, bold=True)
        if found is None or last is None:
            typer.echo("  nothing published yet")
            continue
        typer.echo(
            f"  files complete until  {_shown(found.published_until)}, {timedelta(seconds=found.lag // 1000)} ago"
        )
        typer.echo(f"  watermark             {_shown(found.watermark)}")
        typer.echo(f"  open                  {found.open_events} events of sessions that go on")
        typer.echo(f"  last run              {_summary([last])}")
        for account_id, key in expired_keys(last):
            told = f"  expired key           account {account_id} is encrypted to {key.fingerprint}, "
            typer.secho(f"{told}expired {_shown(key.expires or 0)}", fg="yellow")


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
        holder=f"{socket.gethostname()}:{os.getpid()}",
        engine=engine,
    )
=======
        if report.gone_until is not None:
            typer.secho(
                f"  hours before {shown(report.gone_until)} are past their time: their files are gone",
                fg="red",
            )
        unmade += len(report.differing) + (report.gone_until is not None)
    raise typer.Exit(1 if unmade else 0)
>>>>>>> retention


def _all_due(schedule: Schedule, kind: str) -> list[Run]:
    published = []
    with told(), Bar(kind) as bar:
        while done := schedule.run_one(KINDS[kind], bar.advance):
            published.append(done)
    return published


<<<<<<< HEAD
@contextmanager
def _told() -> Iterator[None]:
    """What a person can mend is one line."""
    try:
        yield
    except (LeaseHeld, AlreadyPublished, DamagedSegment, EncryptionFailed, EngineFailed) as error:
        _fail(str(error))
    except CatalogueUnavailable as error:
        _fail(f"{error}. Start it if it is not running, then run `trunkline migrate`")


def _fail(text: str) -> NoReturn:
    typer.secho(f"Error: {text}.", fg="red", err=True)
    raise typer.Exit(1)


class _Bar:
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

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, step: str, done: int, total: int) -> None:
        self._progress.update(self._task, description=f"{self._kind}: {step}", completed=done, total=total)


def _hour(text: str, chosen: settings.Settings) -> int:
    now = datetime.fromtimestamp(chosen.clock.now() / 1000, UTC)
    try:
        return hour_of(int(instant(text, now).timestamp() * 1000))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _summary(published: list[Run]) -> str:
    hours = sum(done.end_hour - done.first_hour for done in published) // HOUR_MS
    files = sum(len(done.files) for done in published)
    sessions = sum(done.counts.get("sessions", 0) for done in published)
    span = f"{_shown(published[0].first_hour)} to {_shown(published[-1].end_hour)}"
    return f"{published[0].kind}: {files} files with {sessions} sessions for {hours} hours, {span}."


def _shown(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
=======
pipeline.command()(tidy)
pipeline.command("replay-dead-letters")(replay_dead_letters)
pipeline.command()(status)
pipeline.command()(hours)
>>>>>>> retention
