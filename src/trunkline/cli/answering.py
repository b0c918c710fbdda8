"""How the commands of an operator answer: rows or JSON; a refusal is one line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from django.db import DatabaseError
from rich.console import Console
from rich.table import Table

from trunkline.platform.migrations import NotMigrated
from trunkline.platform.refusals import Refused

AccountId = Annotated[str, typer.Argument(metavar="ID", help="The account's id, such as 75555851.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal is one line on standard error and exit code 1."""
    try:
        yield
    except (Refused, NotMigrated) as refusal:
        problem = str(refusal)
    except DatabaseError as error:
        problem = f"the database cannot be used ({str(error).strip()}); `trunkline migrate` brings it to this version"
    else:
        return
    typer.secho(f"Error: {problem}", fg="red", err=True)
    raise typer.Exit(1)


def show(as_json: bool, values: Any, text: str) -> None:
    typer.echo(json.dumps(values, indent=2) if as_json else text)


def show_rows(as_json: bool, rows: list[dict[str, Any]], empty: str) -> None:
    if as_json or not rows:
        show(as_json, rows, empty)
        return
    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*(cell(value) for value in row.values()))
    Console().print(table)


def cell(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def shown_time(instant: int | None) -> str | None:
    return (
        None if instant is None else datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="seconds")
    )
