"""`trunkline pipeline tidy`: remove what is past its time."""

from typing import Annotated

import typer
from rich.filesize import decimal

from trunkline import settings
from trunkline.cli.pipeline_parts import Bar, fail, schedule_of, shown, told
from trunkline.pipeline.retention.tidy import Tidied


def tidy(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say up to when everything would go.")
    ] = False,
) -> None:
    """Remove what is past its time: data files, segments that nothing needs any more, dead letters, what stands beside.

    The worker does this once an hour. TRUNKLINE_FILE_DAYS, TRUNKLINE_SEGMENT_DAYS and TRUNKLINE_LETTER_DAYS say how long things
    are kept. A file is no longer listed at once, and its object goes an hour later, so that downloads end.

    Example: trunkline pipeline tidy --dry-run
    """
    schedule = schedule_of(settings.load())
    total = Tidied()
    with told(), Bar("tidy") as bar:
        while True:
            done = schedule.tidy(dry_run=dry_run, progress=bar.advance)
            total.files, total.bytes = total.files + done.files, total.bytes + done.bytes
            total.segments, total.others = total.segments + done.segments, total.others + done.others
            if not done.more:
                break
    if done.held:
        fail(done.held)
    for kind, found in done.outlooks.items():
        typer.secho(kind, bold=True)
        typer.echo(f"  files       {_until(found.expires)}")
        typer.echo(f"  segments    {_until(found.forgets)}")
    typer.echo(f"dead letters  {_until(done.letters_until)}")
    for kind in done.busy:
        typer.secho(f"{kind}: a pipeline is at work; run again when it is done.", fg="yellow")
    if not dry_run:
        removed = (
            f"{total.files} files ({decimal(total.bytes)}), {total.segments} segments, {total.others} others"
        )
        typer.echo(f"Removed: {removed}.")


def _until(instant: int) -> str:
    return f"of hours before {shown(instant)} are past their time" if instant else "nothing is past its time"
