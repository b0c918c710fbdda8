"""`trunkline audit list|export`: reading the trail of an account."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from trunkline.cli.answering import AsJson, refusals, show_rows
from trunkline.cli.audit_copy import NotThisTrail, TrailCopy
from trunkline.cli.instants import instant
from trunkline.cli.operator import OPERATOR
from trunkline.client.durable import publish
from trunkline.platform.audit.asked import Asked
from trunkline.platform.audit.component_types import COMPONENTS
from trunkline.platform.audit.csv_export import MAX_LINES, export_csv
from trunkline.platform.audit.display import ENGLISH, display
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.lines import MAX_ENTRIES, export_lines
from trunkline.platform.audit.published import FIELDS, iso_date
from trunkline.platform.audit.query import Page, find_changes

Of = Annotated[str, typer.Option("--account", help="The account's id.")]
Since = Annotated[str, typer.Option(help="From then on: 2026-11-01, 2026-11-01T08:00 (UTC), 3d, 12h.")]
Until = Annotated[str, typer.Option(help="Before then.")]
Type = Annotated[
    list[str] | None, typer.Option("--type", help=f"Of {', '.join(COMPONENTS)}; repeat it for more.")
]
User = Annotated[list[str] | None, typer.Option("--user", help="Who: an id, log-in name, app key or name.")]


class Format(StrEnum):
    LINES = "lines"
    CSV = "csv"


def list_changes(
    account: Of,
    since: Since = "",
    until: Until = "",
    object_type: Type = None,
    user: User = None,
    object_id: Annotated[str, typer.Option("--object", help="Only of the object with this id.")] = "",
    element: Annotated[str, typer.Option(help="Only of this element, such as maxWaitTime.")] = "",
    first: Annotated[int, typer.Option(help="How many, 1 to 500.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the last changes, newest first; times are in UTC.

    Example: trunkline audit list --account 75555851 --type skill --since 7d
    """
    words = display(ENGLISH)
    with refusals():
        filter = Filter(
            since=_instant(since, "--since"),
            until=_instant(until, "--until"),
            object_types=_types(object_type),
            object_id=object_id,
            element=element,
            users=frozenset(user or ()),
        )
        found = find_changes(OPERATOR, account, filter, Page(first=first))
    rows = [
        {
            "time": iso_date(row.document.time),
            "who": row.document.actor.name or row.document.actor.kind,
            "action": FIELDS["actionType"](row, words),
            "object": f"{FIELDS['objectType'](row, words)}: {row.document.object.name} ({row.document.object.id})",
            "element": FIELDS["element"](row, words),
            "old": FIELDS["oldValue"](row, words),
            "new": FIELDS["newValue"](row, words),
            "number": row.document.number,
        }
        for row in found
    ]
    show_rows(as_json, rows, "No change fits.")


def export(
    account: Of,
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="The file.")],
    format_: Annotated[
        Format, typer.Option("--format", help="lines: every entry as it is kept; csv: as published.")
    ] = Format.LINES,
    after: Annotated[
        int, typer.Option(min=0, help="Of a new file of lines: begin after the entry with this number.")
    ] = 0,
    since: Since = "",
    until: Until = "",
    object_type: Type = None,
    user: User = None,
) -> None:
    """Export the trail to a file. As lines, a file that is there is gone on with: run it again to have what is new.

    Killed at any moment, the next run goes on. CSV is written anew each time, newest first, and has at most a million records.

    Example: trunkline audit export --account 75555851 --output trail.ndjson
    """
    with refusals():
        filter = Filter(
            since=_instant(since, "--since"),
            until=_instant(until, "--until"),
            object_types=_types(object_type),
            users=frozenset(user or ()),
        )
        try:
            if format_ is Format.LINES:
                _export_lines(account, output, filter, after)
            else:
                _export_csv(account, output, filter, after)
        except NotThisTrail as problem:
            raise _wrong(str(problem)) from None


def _export_lines(account: str, output: Path, filter: Filter, after: int) -> None:
    with TrailCopy(output, account) as copy, _progress() as bar:
        if copy.last and after:
            raise _wrong("--after is for a new file: one that is there is gone on with.")
        cursor, written = copy.last or after, 0
        task = bar.add_task("entries", total=None, completed=cursor)
        while True:
            part = export_lines(OPERATOR, account, filter, after=cursor, limit=MAX_ENTRIES)
            copy.write(_told(part.text, bar, task))
            cursor, written = part.cursor, written + len(part.entries)
            if len(part.entries) < MAX_ENTRIES:
                break
    typer.echo(f"{output}: {written} entries added; the trail ends at {cursor}.", err=True)


def _export_csv(account: str, output: Path, filter: Filter, after: int) -> None:
    if after:
        raise _wrong("--after is for lines; as CSV the file is written anew.")
    asked = Asked(
        from_date=_iso(filter.since),
        to_date=_iso(filter.until),
        users=tuple(sorted(filter.users)),
        component_types=tuple(COMPONENTS[name] for name in sorted(filter.object_types)),
        timezone="UTC",
        lpa=True,
        automatic_updates=True,
    )
    temporary = output.with_name(f".{output.name}.part")
    with _progress() as bar:
        task = bar.add_task("records", total=None)
        with temporary.open("wb") as file:
            file.writelines(_told(export_csv(OPERATOR, account, asked, MAX_LINES), bar, task))
    publish(temporary, output)
    typer.echo(f"{output}: written.", err=True)


def _told(blocks: Iterator[bytes], bar: Progress, task: TaskID) -> Iterator[bytes]:
    for block in blocks:
        yield block
        bar.advance(task, block.count(b"\n"))


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _instant(text: str, option: str) -> int | None:
    if not text:
        return None
    try:
        return round(instant(text, datetime.now(UTC)).timestamp() * 1000)
    except ValueError as problem:
        raise _wrong(f"{option}: {problem}") from None


def _iso(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at / 1000, UTC).isoformat()


def _types(names: list[str] | None) -> frozenset[str]:
    for name in names or ():
        if name not in COMPONENTS:
            raise _wrong(f"--type: {name!r} is none; there are {', '.join(COMPONENTS)}.")
    return frozenset(names or ())


def _wrong(text: str) -> typer.Exit:
    typer.secho(f"Error: {text}", fg="red", err=True)
    return typer.Exit(2)
