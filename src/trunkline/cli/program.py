"""The program: its list of commands, and the settings of a data folder.

Commands are imported when they are called, so that `trunkline --help` answers at once and the two Django projects never
meet in one process.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from trunkline import __version__
from trunkline.cli.folder import FolderError, read_environment
from trunkline.settings import SettingError
from trunkline.store import StoreUnavailable, UnusableStore


class Command(NamedTuple):
    module: str
    help: str


COMMANDS = {
    "demo": Command("demo", "Start everything with a simulated contact centre, to try it out."),
    "up": Command("up", "Start everything on this machine."),
    "check": Command("check", "Say what is unsafe or missing in the settings and on this machine."),
    "audit": Command("audit", "The audit trail: read it, export it, check that it is whole."),
    "account": Command("accounts", "Accounts and the data types that are switched on for them."),
    "key": Command("accounts", "API keys and write keys."),
    "admin": Command("accounts", "Administrators of an account."),
    "user": Command("users", "Passwords and second factors of an account's users."),
    "config": Command(
        "config", "Users, profiles, skills and so on: list, show, create, set, delete; export all of it."
    ),
    "migrate": Command("accounts", "Bring the databases to this version."),
    "backup": Command("backup", "Copy everything that cannot be made again, while everything runs."),
    "restore": Command("backup", "Make a data folder of a backup."),
    "pull": Command("pull", "Download data files from an account, each exactly once."),
    "pipeline": Command(
        "pipeline", "Make data files of what was collected: run, rebuild, tidy, replay, status."
    ),
    "simulate": Command("simulate", "A contact centre that behaves: back-fill history or run live."),
    "serve": Command("serve", "Run one server: platform or collector."),
    "work": Command("serve", "Run one worker: pipeline."),
}


class Program(TyperGroup):
    """A group whose commands are loaded by name from the attribute of that name in their module."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = COMMANDS.get(cmd_name)
        if command is None:
            return None
        module = import_module(f"trunkline.cli.{command.module}")
        loaded = typer.main.get_command(getattr(module, cmd_name))
        loaded.name = cmd_name
        return loaded

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])


# Plain help for the list of commands: the rich one would import every command to ask for its text.
program = typer.Typer(
    cls=Program,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    # An unexpected error is a plain trace: a rich one shows what variables hold.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trunkline {__version__}")
        raise typer.Exit


def _use_folder(data: Path) -> Path:
    """Runs while options are read, before the command's module is imported: that may need the settings."""
    os.environ["TRUNKLINE_DATA"] = str(data.absolute())
    for name, value in read_environment(data).items():
        os.environ.setdefault(name, value)
    return data


@program.callback()
def choose_folder(
    _data: Annotated[
        Path,
        typer.Option(
            "--data",
            file_okay=False,
            envvar="TRUNKLINE_DATA",
            callback=_use_folder,
            help="The data folder; settings in its trunkline.env hold where the environment says nothing.",
        ),
    ] = Path("data"),
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Trunkline, the self-hosted data stack of a contact centre.

    Begin with `trunkline demo`: it needs nothing and ends with four commands to copy.
    """


def main() -> None:
    """The entry point: runs the program; an error that a person can mend is one line, not a trace."""
    # Whatever is made from here on, databases, segments, logs, pulled files, is for this user alone.
    os.umask(0o077)
    try:
        program(prog_name="trunkline")
    except (SettingError, FolderError, UnusableStore) as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(2)
    except StoreUnavailable as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(1)
