"""`trunkline backup|restore`: a copy of everything that cannot be made again, and the way back."""

import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from trunkline import settings
from trunkline.cli.backups.databases import DatabaseNotCopied
from trunkline.cli.backups.manifest import NotABackup
from trunkline.cli.backups.restoring import CannotRestore
from trunkline.cli.backups.restoring import restore as restore_backup
from trunkline.cli.backups.taking import CannotBackUp, Taken, take
from trunkline.cli.pipeline_parts import Bar, fail, told
from trunkline.cli.stack import NotReady
from trunkline.cli.stack import migrate as migrate_databases
from trunkline.pipeline.retention.tidy import REMOVAL

HELP = {"help_option_names": ["-h", "--help"]}

backup = typer.Typer(context_settings=HELP)
restore = typer.Typer(context_settings=HELP)


@backup.command()
def take_backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A new folder, on another disk.")],
    without_secrets: Annotated[
        bool,
        typer.Option(
            "--without-secrets",
            help="Leave out sealing keys, signing key and certificates. Without the sealing keys no API key of the backup "
            "works: keep them elsewhere.",
        ),
    ] = False,
) -> None:
    """Copy everything that cannot be made again, while everything runs. It is whole when the command says so.

    Databases, events, data files, state of the pipeline, secrets. A remote store is not copied.

    Example: trunkline --data /srv/trunkline backup /mnt/backups/2026-11-25
    """
    with _told(), Bar("backup") as bar:
        taken = take(
            settings.load(),
            target.absolute(),
            _retention_waits,
            secrets=not without_secrets,
            progress=bar.advance,
        )
    for line in _warnings(taken, without_secrets):
        typer.secho(f"Warning: {line}", fg="yellow", err=True)
    typer.echo(f"{target}: {taken.foot.files} files, {decimal(taken.foot.bytes)}.")


@restore.command()
def restore_folder(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="The folder of a backup.", file_okay=False)
    ],
) -> None:
    """Make a data folder of a backup: --data, which must be new or empty. Everything is verified before.

    Settings of the environment win over those in the backup. On PostgreSQL DATABASE_URL names an empty database.

    Example: trunkline --data /srv/trunkline restore /mnt/backups/2026-11-25
    """
    data = Path(os.environ["TRUNKLINE_DATA"])
    with _told():
        with Bar("restore") as bar:
            restored = restore_backup(source.absolute(), data, os.environ, progress=bar.advance)
        typer.echo(f"{data} is as the backup of {restored.head.taken} has it.")
        try:
            migrate_databases()
        except NotReady as error:
            fail(f"{error}\nMend that, then run: trunkline --data {data} migrate")
    if restored.left:
        typer.echo(f"{restored.left} open segments were left out: {restored.store} has them whole.")
    if not restored.head.secrets:
        typer.echo(f"The certificate authority is new: give {data / 'ca' / 'ca.crt'} to clients (--ca).")
    typer.echo(
        f"Next: trunkline --data {data} check, then start what ran before (trunkline up, or its parts)."
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        with told():
            yield
    except (CannotBackUp, CannotRestore, DatabaseNotCopied, NotABackup) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'the disk'}: {error.strerror or error}; what was begun is no backup")


def _retention_waits() -> AbstractContextManager[None]:
    from trunkline.platform.data_access.catalogue import DatabaseCatalogue

    return DatabaseCatalogue().lease(REMOVAL, f"backup on {socket.gethostname()}:{os.getpid()}")


def _warnings(taken: Taken, without_secrets: bool) -> Iterator[str]:
    if taken.store:
        yield f"the store {taken.store} is not in the backup: have its own server keep copies of it"
    if taken.lost:
        yield f"of the store are missing: {', '.join(taken.lost)}; `trunkline pipeline rebuild` makes data files again"
    if taken.outside:
        yield f"outside the data folder, so not in the backup: {', '.join(taken.outside)}"
    if without_secrets:
        yield "no secrets are in it: without a copy of TRUNKLINE_SEALING_KEYS none of its API keys can be used"
