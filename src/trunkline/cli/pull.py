"""`trunkline pull`: the data files of an account, each exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from trunkline.cli.credentials import CredentialsMissing, authentication, read_credentials
from trunkline.cli.instants import instant
from trunkline.cli.pull_progress import Bar, summary
from trunkline.cli.remedies import FAILED, exit_code, remedy
from trunkline.client import (
    ClientError,
    DataAccess,
    DecryptionUnavailable,
    Decryptor,
    PrivateKeyRefused,
    RetryPolicy,
)
from trunkline.client import pull as take

pull = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


class Form(StrEnum):
    FILES = "files"
    PARQUET = "parquet"
    NDJSON = "ndjson"


class Signature(StrEnum):
    SHA1 = "HMAC-SHA1"
    SHA256 = "HMAC-SHA256"


@pull.command("pull")
def pull_files(
    to: Annotated[
        Path, typer.Option(file_okay=False, help="The folder to bring up to date; made where missing.")
    ],
    data_types: Annotated[
        list[str],
        typer.Option(
            "--type",
            help="A data type, such as agentActivity; may be repeated. `all`: every type that is on.",
        ),
    ],
    account: Annotated[str, typer.Option(help="The account number. \\[LE_ACCOUNT, or in the key file]")] = "",
    host: Annotated[
        str,
        typer.Option(
            help="us, uk or apac of LivePerson's cloud, a host or a URL. \\[LE_HOST, or in the key file; us]"
        ),
    ] = "",
    key_file: Annotated[
        Path | None,
        typer.Option(help="The API key, as `trunkline key create --json` prints it. \\[else LE_… variables]"),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(
            help="The authority that signed the server's certificate, PEM. \\[LE_CA, or in the key file]"
        ),
    ] = None,
    form: Annotated[
        Form, typer.Option("--as", help="The files as they are, or tables with plain columns.")
    ] = Form.FILES,
    since: Annotated[
        str,
        typer.Option(
            help="A date (UTC), or 3d, 12h before now. Without it: where the last pull stopped, at first 30 days."
        ),
    ] = "",
    until: Annotated[
        str, typer.Option(help="A date (UTC), or 3d, 12h before now. Without it: the present.")
    ] = "",
    decrypt_with: Annotated[
        list[Path] | None,
        typer.Option(
            dir_okay=False,
            help="A private key, to decrypt the account's values into the tables; may be repeated. It stays here.",
        ),
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="A file that holds the passphrase of the private key.")
    ] = None,
    signature: Annotated[Signature, typer.Option(help="How OAuth 1.0 requests are signed.")] = Signature.SHA1,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for a server that fails, per request.")
    ] = 60.0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no summary; errors only.")
    ] = False,
) -> None:
    """Download data files from an account, each exactly once.

    Run it as often as you like: it goes on where it stopped, also when it was killed, and takes only what is new. Every
    file is checked before it appears in FOLDER/ACCOUNT/TYPE.

    Example: trunkline pull --key-file key.json --account 75555851 --type agentActivity --to pulled

    Example: LE_HOST=uk trunkline pull --account 75555851 --type all --to pulled --as parquet --since 3d

    Example: trunkline pull --key-file key.json --type all --to pulled --as parquet --decrypt-with private.asc

    The key comes from a file or from the environment (LE_APP_KEY, LE_APP_SECRET, LE_ACCESS_TOKEN,
    LE_ACCESS_TOKEN_SECRET; or LE_CLIENT_ID and LE_CLIENT_SECRET of OAuth 2.0; or LE_BEARER), never from an option.

    Exit codes: 0 all taken, 1 something failed, 2 wrong options, 3 refused by the server, 4 server not reached.
    """
    now = datetime.now(UTC)
    console = Console(stderr=True)
    with _usage(), Bar(console, shown=not quiet) as bar:
        known = read_credentials(key_file)
        account = account or known.get("account", "")
        if not account:
            raise CredentialsMissing("no account: give --account, or LE_ACCOUNT")
        begin, end = (instant(text, now) if text else None for text in (since, until))
        decryptor = _decryptor(decrypt_with or [], passphrase_file, form)
        policy = RetryPolicy(patience=patience) if quiet else _telling(bar, patience)
        source = DataAccess(
            host or known.get("host", "us"),
            account,
            authentication(known, account, signature.value),
            ca=ca or known.get("ca"),
            retry=policy,
        )
        damaged = False
        with source, _failures(console):
            for data_type in _chosen(source, data_types):
                bar.begin(data_type)
                pulled = take(
                    source,
                    data_type,
                    to,
                    form=form.value,
                    since=begin,
                    until=end,
                    now=now,
                    watcher=bar,
                    decryptor=decryptor,
                )
                damaged = damaged or bool(pulled.damaged)
                if not quiet or pulled.damaged:
                    typer.echo("\n".join(summary(data_type, pulled)))
    if decryptor and decryptor.left:
        typer.echo(f"{decryptor.left:,} values stay encrypted: they were encrypted to another key", err=True)
    if damaged:
        raise typer.Exit(FAILED)


def _decryptor(keys: list[Path], passphrase_file: Path | None, form: Form) -> Decryptor | None:
    """Raises `ValueError` for what was typed wrongly."""
    if not keys:
        return None
    if form is Form.FILES:
        raise ValueError(
            "--decrypt-with makes tables: add --as parquet or --as ndjson; files stay as published"
        )
    try:
        passphrase = passphrase_file.read_text(encoding="utf-8").strip("\r\n") if passphrase_file else None
        return Decryptor([path.read_bytes() for path in keys], passphrase)
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read ({error.strerror})") from None
    except (PrivateKeyRefused, DecryptionUnavailable) as error:
        raise ValueError(f"--decrypt-with {', '.join(map(str, keys))}: {error}") from None


def _telling(bar: Bar, patience: float) -> RetryPolicy:
    """A policy that says when it waits."""
    patient = RetryPolicy(patience=patience)

    def sleep(seconds: float) -> None:
        bar.waits(seconds)
        patient.sleep(seconds)

    return RetryPolicy(patience=patience, sleep=sleep)


def _chosen(source: DataAccess, data_types: list[str]) -> list[str]:
    """The data types asked for; `all` asks the account."""
    if "all" not in data_types:
        return list(dict.fromkeys(data_types))
    return sorted(name for name in source.resources() if name != "schema")


@contextmanager
def _usage() -> Iterator[None]:
    """What was typed wrongly ends with its reason, the way the command line does it."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@contextmanager
def _failures(console: Console) -> Iterator[None]:
    try:
        yield
    except (ClientError, OSError) as error:
        console.print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
        if advice := remedy(error, datetime.now(UTC)):
            console.print(advice, markup=False, soft_wrap=True)
        raise typer.Exit(exit_code(error)) from None


if __name__ == "__main__":
    pull()
