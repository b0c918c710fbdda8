"""How a pull shows what it does: a bar while it runs, a summary when it ends."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from trunkline.client import Pulled


class Bar:
    """Files on a bar, bytes beside it. Nothing is drawn where nobody looks."""

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            TextColumn("{task.fields[size]}"),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._progress.add_task("", total=None, size="")
        self._received = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, data_type: str) -> None:
        self._progress.reset(self._task, total=None, description=data_type, size="")

    def found(self, files: int) -> None:
        self._progress.update(self._task, total=files)

    def received(self, size: int) -> None:
        self._received += size
        self._progress.update(self._task, size=decimal(self._received))

    def finished(self, name: str) -> None:
        self._progress.advance(self._task)

    def waits(self, seconds: float) -> None:
        self._console.print(f"The server does not answer as it should; asking again in {seconds:g} s")


def summary(data_type: str, pulled: Pulled) -> list[str]:
    """What was done, in lines."""
    total = Counter[str]()
    for fact in pulled.taken:
        total.update(sessions=fact.sessions, rows=fact.rows, size=fact.size)
    files = len(pulled.taken)
    parts = [f"{files:,} new {'file' if files == 1 else 'files'}", f"{total['sessions']:,} sessions"]
    if total["rows"]:
        parts.append(f"{total['rows']:,} rows")
    parts += [decimal(total["size"]), f"{pulled.known:,} known before"]
    lines = [f"{data_type}: {', '.join(parts)}", f"  in {pulled.folder}{_span(pulled)}"]
    lines += [f"  not taken: {name} ({why})" for name, why in pulled.damaged.items()]
    if hint := _opening(pulled):
        lines.append(f"  look at it: {hint}")
    return lines


def _span(pulled: Pulled) -> str:
    if not pulled.taken:
        return ""
    hours = [datetime.fromtimestamp(fact.scope_start / 1000, UTC) for fact in pulled.taken]
    return f", hours from {min(hours):%Y-%m-%d %H:%M} to {max(hours):%Y-%m-%d %H:%M} UTC"


def _opening(pulled: Pulled) -> str:
    outputs = [pulled.folder / name for fact in pulled.taken for name in fact.outputs]
    if not outputs:
        return ""
    newest, folder = outputs[-1], Path(outputs[-1]).parent
    if newest.suffix == ".gz":
        return f"zcat {newest} | head -n 1"
    if newest.suffix == ".ndjson":
        return f"head -n 3 {newest}"
    return f"python -c \"import polars; print(polars.read_parquet('{folder}/*.parquet', missing_columns='insert'))\""
