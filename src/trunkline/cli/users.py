"""`trunkline user …`: passwords and second factors of an account's users, for whoever operates the platform."""
# ruff: noqa: E402  # the platform's models can be imported only after Django has been set up

from pathlib import Path
from typing import Annotated

import typer

from trunkline.platform import project

project.start()

from trunkline.cli.answering import AsJson, refusals, show, show_rows
from trunkline.cli.operator import OPERATOR
from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.password_rules import password_rules, set_password_rules
from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.auth.proving import find_by_name
from trunkline.platform.auth.second_factor import remove_second_factor
from trunkline.platform.refusals import NotFound

HELP = {"help_option_names": ["-h", "--help"]}

user = typer.Typer(no_args_is_help=True, context_settings=HELP, help="Passwords and second factors of users.")

OfAccount = Annotated[str, typer.Option("--account", help="The account's id.")]
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The log-in name.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file", help="A file that holds the password; without it you are asked.", dir_okay=False
    ),
]


@user.command("password")
def set_password(
    login: Login,
    account_id: OfAccount,
    password_file: PasswordFile = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="The user need not change it at the next log-in.")
    ] = False,
) -> None:
    """Give a user a password; its log-ins end, and it must change the password at the next one.

    Example: trunkline user password --account 75555851 ada@northwind.example
    """
    password = read_password(password_file)
    with refusals():
        set_user_password(
            OPERATOR, account_id, _number(account_id, login), password, change_at_next_log_in=not keep
        )
    typer.echo(f"{login} has a new password." + ("" if keep else " It is to be changed at the next log-in."))


@user.command("password-rules")
def rules(
    account_id: OfAccount,
    min_length: Annotated[int | None, typer.Option(help="The fewest characters, 8 to 128.")] = None,
    strength: Annotated[
        int | None, typer.Option(help="How hard to guess, 0 (anything) to 4, as zxcvbn judges it.")
    ] = None,
    history: Annotated[
        int | None, typer.Option(help="So many of the last ones are not taken again, 0 to 20.")
    ] = None,
    expiry_days: Annotated[
        int | None, typer.Option(help="Must be changed after so many days; 0: never.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what passwords of the account's users must be, or change what is given.

    Example: trunkline user password-rules --account 75555851 --min-length 14 --expiry-days 365
    """
    wanted = {
        "min_length": min_length,
        "strength": strength,
        "history": history,
        "expiry_days": expiry_days,
    }
    with refusals():
        if any(value is not None for value in wanted.values()):
            set_password_rules(OPERATOR, account_id, **wanted)
        values = facts.of_password_rules(password_rules(OPERATOR, account_id))
    if as_json:
        show(as_json, values, "")
    else:
        show_rows(False, [values], "")


@user.command("remove-second-factor")
def remove(login: Login, account_id: OfAccount) -> None:
    """Of a user who has lost the device and the recovery codes: the next log-in to the console needs the password only.

    Example: trunkline user remove-second-factor --account 75555851 ada@northwind.example
    """
    with refusals():
        remove_second_factor(OPERATOR, account_id, _number(account_id, login))
    typer.echo(f"{login} has no second factor.")


def read_password(path: Path | None) -> str:
    """From the file, or typed twice."""
    if path is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return path.read_text(encoding="utf-8").strip("\r\n")
    except OSError as error:
        raise typer.BadParameter(
            f"{path} cannot be read ({error.strerror})", param_hint="--password-file"
        ) from None


def _number(account_id: str, login: str) -> int:
    find_account(account_id)
    found = find_by_name(account_id, login)
    if found is None:
        raise NotFound(f"Account {account_id} has no user {login}.")
    return found.number
