"""`trunkline account encryption`: the public key to which an account's sensitive values are encrypted."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli.answering import AccountId, AsJson, cell, refusals, show, show_rows, shown_time
from trunkline.cli.operator import OPERATOR
from trunkline.clock import REAL
from trunkline.encryption.keys import MOST_BYTES
from trunkline.platform.accounts.encryption import (
    public_key_of,
    public_keys,
    remove_public_key,
    set_public_key,
)
from trunkline.platform.accounts.models import PublicKey

encryption = typer.Typer(
    no_args_is_help=True,
    help="Sensitive values in data files, encrypted to a public key of the account's own.",
)

KeyFile = Annotated[
    Path,
    typer.Option(
        "--key-file", dir_okay=False, allow_dash=True, help="The public key, armored; - reads standard input."
    ),
]


@encryption.command("set")
def set_key(account_id: AccountId, key_file: KeyFile, as_json: AsJson = False) -> None:
    """Encrypt sensitive values to this OpenPGP key from the next run on; it replaces the one before.

    RSA from 2048 bits (4096 is usual) or Curve25519. The private key stays with its owner. Published files stay as they are.

    Example: gpg --armor --export data@northwind.example | trunkline account encryption set 75555851 --key-file -
    """
    with refusals():
        row = set_public_key(OPERATOR, account_id, _read(key_file))
    told = f"From the next run on, files of account {account_id} are encrypted to {row.fingerprint} ({row.algorithm})."
    show(as_json, _shown(row), f"{told}\n{_end(row)}")


@encryption.command("show")
def show_key(
    account_id: AccountId,
    armored: Annotated[bool, typer.Option("--armored", help="Print the key itself.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the public key of an account.

    Example: trunkline account encryption show 75555851 --armored > northwind.asc
    """
    with refusals():
        row = public_key_of(OPERATOR, account_id)
    if armored:
        typer.echo(row.armored, nl=False)
        return
    lines = [f"{name:<12} {cell(value)}" for name, value in _shown(row).items()]
    show(as_json, _shown(row), "\n".join([*lines, _end(row)]))


@encryption.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Show the accounts that have a public key; the others are published in clear."""
    with refusals():
        rows = [_shown(row) for row in public_keys(OPERATOR)]
    if not as_json:
        # Fingerprints are long: the rest is told by `show`.
        rows = [
            {name: row[name] for name in ("account", "fingerprint", "algorithm")}
            | {"expires": (row["expires"] or "never")[:10]}
            for row in rows
        ]
    show_rows(as_json, rows, "No account has a public key: all records are published in clear.")


@encryption.command("remove")
def remove_key(account_id: AccountId) -> None:
    """Publish in clear from the next run on. Files that are published stay encrypted.

    Example: trunkline account encryption remove 75555851
    """
    with refusals():
        remove_public_key(OPERATOR, account_id)
    typer.echo(f"From the next run on, files of account {account_id} are published in clear.")


def _read(path: Path) -> str:
    """The text of the file, and no more of it than is looked at."""
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise typer.BadParameter(
            f"{path} cannot be read ({error.strerror})", param_hint="--key-file"
        ) from None
    # A key in binary form is told of as one that is not armored.
    return data.decode("latin-1")


def _shown(row: PublicKey) -> dict[str, Any]:
    return {
        "account": row.account_id,
        "fingerprint": row.fingerprint,
        "userIds": row.user_ids,
        "algorithm": row.algorithm,
        "expires": shown_time(row.expires),
        "set": shown_time(row.set),
    }


def _end(row: PublicKey) -> str:
    if row.expires is None:
        return "The key does not expire."
    left = timedelta(milliseconds=row.expires - REAL.now())
    if left < timedelta(0):
        return "The key has expired: files are still encrypted to it. Extend it and set it again, or set another one."
    return f"The key expires in {left.days} days; files are encrypted to it beyond that, with a warning."
