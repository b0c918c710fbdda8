"""`trunkline demo`: the whole product with a simulated contact centre, ready to be tried in a minute."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from trunkline import logs, settings
from trunkline.cli.demo_screen import screen
from trunkline.cli.demo_setup import ACCOUNTS, key_path, keys_of, set_up
from trunkline.cli.demo_shop import address, ready_address, serve_shop, shop_part
from trunkline.cli.processes import Part, Supervisor
from trunkline.cli.running import LOCK, FolderInUse, only_runner, runner_of, sign
from trunkline.cli.stack import (
    NotReady,
    answers,
    open_folder,
    parts,
    program,
    ready_addresses,
    wait_until_ready,
)

demo = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})

TRUE_CLOCK, FAST_CLOCK = "demo", "demo-fast"
"""Folders: a fast clock runs ahead of real time, so its data never mix with those of a true one."""

STOP_TIMEOUT_S = 60


@demo.callback()
def start(
    context: typer.Context,
    speed: Annotated[
        float,
        typer.Option(min=1, max=3600, help="How fast data time runs; 60 lets an hour pass in a minute."),
    ] = 1,
    days: Annotated[int, typer.Option(min=1, max=60, help="Days of history to begin with.")] = 3,
) -> None:
    """Start everything with two simulated accounts and days of history; it goes on in the background.

    The demo lives in a folder of its own below the data folder. Called again it shows the same screen, or goes on where it was
    stopped. With --speed it begins anew each time.

    Stop it with `trunkline demo stop`.
    """
    if context.invoked_subcommand:
        return
    folder = Path(os.environ["TRUNKLINE_DATA"]) / (TRUE_CLOCK if speed == 1 else FAST_CLOCK)
    _use_only(folder)
    try:
        try:
            with only_runner(folder) as lock:
                if speed != 1:
                    _empty(folder)
                _start_in_background(set_up(folder, speed, days), lock)
        except FolderInUse as error:
            _check_that_it_answers(folder, error)
    except NotReady as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    names = {account: name for account, (name, _) in ACCOUNTS.items()}
    chosen = open_folder(folder, {})
    Console().print(screen(chosen, names, keys_of(folder), address(folder)), soft_wrap=True)


@demo.command()
def stop() -> None:
    """Stop the demo; its data stay, `trunkline demo` goes on from there."""
    data = Path(os.environ["TRUNKLINE_DATA"])
    running = [folder for folder in (data / TRUE_CLOCK, data / FAST_CLOCK) if runner_of(folder) is not None]
    for folder in running:
        _stop(folder)
    typer.echo("Stopped." if running else "No demo is running.")


@demo.command(hidden=True)
def supervise(
    lock: Annotated[int, typer.Argument(help="The descriptor that holds the folder's lock.")],
) -> None:
    """The background process of the demo: the parts of `up`, then the shop and the simulator."""
    sign(lock)
    chosen = settings.load()
    logs.configure(chosen.log_format, chosen.log_level)
    with Supervisor(held=[lock]) as supervisor:
        for part in parts(chosen.data):
            supervisor.start(part)
        if address(chosen.data):
            supervisor.start(shop_part(chosen.data))
        wait_until_ready(chosen, supervisor)
        supervisor.start(_simulator(chosen.data))
        supervisor.watch()


@demo.command(hidden=True)
def shop() -> None:
    """The process of the demo's shop."""
    chosen = settings.load()
    logs.configure(chosen.log_format, chosen.log_level)
    serve_shop(chosen)


def _simulator(data: Path) -> Part:
    keys = [part for account in ACCOUNTS for part in ("--key-file", str(key_path(data, account, "write")))]
    return Part("simulator", program("simulate", "live", *keys), data / "log" / "simulator.log")


def _use_only(folder: Path) -> None:
    """The demo has settings of its own: what the environment holds for a real installation does not reach it."""
    for name in [
        name for name in os.environ if name.startswith("TRUNKLINE_") or name.startswith("DATABASE_URL")
    ]:
        del os.environ[name]
    os.environ["TRUNKLINE_DATA"] = str(folder)


def _empty(folder: Path) -> None:
    """Begin anew: nothing stays but the lock that is being held."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _start_in_background(chosen: settings.Settings, lock: int) -> None:
    """Start the supervisor, which holds the lock on when this process has ended. Raises `NotReady`."""
    log_file = chosen.data / "log" / "demo.log"
    log_file.parent.mkdir(exist_ok=True)
    with log_file.open("ab") as output:
        process = subprocess.Popen(
            program("demo", "supervise", str(lock)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=[lock],
        )
    try:
        wait_until_ready(chosen, others=ready_address(chosen.data))
    except NotReady:
        process.terminate()
        process.wait()
        raise


def _check_that_it_answers(folder: Path, used: FolderInUse) -> None:
    """A demo that runs is shown again; one that is being started or stopped is not. Raises `NotReady`."""
    chosen = open_folder(folder, {})
    servers = ready_addresses(chosen) | ready_address(folder)
    if not all(answers(place, chosen) for place in servers.values()):
        raise NotReady(f"{used}, but not all servers answer: it starts or stops; call again in a minute")


def _stop(folder: Path) -> None:
    pid = runner_of(folder)
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while runner_of(folder) is not None and time.monotonic() < deadline:
        time.sleep(0.1)
