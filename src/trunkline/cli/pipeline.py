"""`trunkline pipeline …`: make data files of what was collected."""

import signal
import threading
from enum import StrEnum
from typing import Annotated

import typer

from trunkline import logs, settings
from trunkline.cli.engines import ConfOption, EngineName, EngineOption, MasterOption, engine_of
from trunkline.cli.pipeline_parts import Bar, hour, schedule_of, shown, summary, told
from trunkline.cli.pipeline_status import hours, status
from trunkline.cli.replay import replay_dead_letters
from trunkline.cli.safety import refuse_unsafe
from trunkline.cli.tidy import tidy
from trunkline.pipeline import rebuild as rebuilding
from trunkline.pipeline.build import build
from trunkline.pipeline.catalogue import Run
from trunkline.pipeline.engine import Engine
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
        if report.gone_until is not None:
            typer.secho(
                f"  hours before {shown(report.gone_until)} are past their time: their files are gone",
                fg="red",
            )
        unmade += len(report.differing) + (report.gone_until is not None)
    raise typer.Exit(1 if unmade else 0)


def _all_due(schedule: Schedule, kind: str) -> list[Run]:
    published = []
    with told(), Bar(kind) as bar:
        while done := schedule.run_one(KINDS[kind], bar.advance):
            published.append(done)
    return published


pipeline.command()(tidy)
pipeline.command("replay-dead-letters")(replay_dead_letters)
pipeline.command()(status)
pipeline.command()(hours)
