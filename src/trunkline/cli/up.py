"""`trunkline up`: everything on one machine, in the foreground."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from trunkline import logs, settings
from trunkline.cli.processes import Supervisor
from trunkline.cli.running import FolderInUse, only_runner
from trunkline.cli.safety import refuse_unsafe
from trunkline.cli.stack import NotReady, migrate, open_folder, parts, wait_until_ready

up = typer.Typer()


@up.command()
def start(
    platform_url: Annotated[
        str, typer.Option(help="Public address of the platform, for a new data folder.")
    ] = "https://localhost:8443",
    collector_url: Annotated[
        str, typer.Option(help="Public address of the collector, for a new data folder.")
    ] = "https://localhost:8444",
) -> None:
    """Start the collector, the platform and the pipeline; Ctrl-C stops them.

    A new data folder gets its secrets, a local certificate authority and databases first. What is set in the
    environment or in the folder's trunkline.env wins over the options. The servers listen at the ports of the addresses and
    speak TLS themselves; behind a proxy set TRUNKLINE_PLATFORM_BIND and TRUNKLINE_COLLECTOR_BIND.

    Example: trunkline --data /srv/trunkline up --platform-url https://data.example.com
    """
    data = Path(os.environ["TRUNKLINE_DATA"])
    wanted = {
        "TRUNKLINE_PLATFORM_URL": platform_url,
        "TRUNKLINE_PLATFORM_BIND": bind_of(platform_url),
        "TRUNKLINE_COLLECTOR_URL": collector_url,
        "TRUNKLINE_COLLECTOR_BIND": bind_of(collector_url),
    }
    chosen = open_folder(data, wanted)
    logs.configure("console", chosen.log_level)
    refuse_unsafe(chosen)
    run(chosen)


def bind_of(url: str) -> str:
    """Where a server of this public address listens: on loopback for localhost, else on every address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return f"{'127.0.0.1' if local else '0.0.0.0'}:{port}"  # noqa: S104  # a public name is meant to be reached


def run(chosen: settings.Settings) -> None:
    """Migrate, start, say what runs where, and stay until told to stop."""
    try:
        with only_runner(chosen.data) as lock:
            migrate()
            with Supervisor(held=[lock]) as supervisor:
                for part in parts(chosen.data):
                    supervisor.start(part)
                wait_until_ready(chosen, supervisor)
                Console().print(overview(chosen))
                supervisor.watch()
    except (FolderInUse, NotReady) as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        raise typer.Exit(1) from None


def overview(chosen: settings.Settings) -> Table:
    """What runs where."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("Collector", f"{chosen.collector_url}/collector/v1/…", "takes events")
    table.add_row("Data Access API", f"{chosen.platform_url}/data_access_le/…", "serves hourly files")
    table.add_row("Certificate", str(chosen.data / "ca" / "ca.crt"), "give it to clients (--ca)")
    table.add_row("Logs", str(chosen.data / "log"), "one file a part")
    return table
