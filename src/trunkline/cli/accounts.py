"""`trunkline account|key|admin|migrate`: what an operator does at the machine itself."""
# ruff: noqa: E402  # the platform's models can be imported only after Django has been set up

from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import connections

from trunkline.collector.tag import BUILT
from trunkline.platform import project

project.start()

from trunkline.cli.answering import AccountId, AsJson, cell, refusals, show, show_rows, shown_time
from trunkline.cli.encryption import encryption
from trunkline.cli.operator import OPERATOR
from trunkline.cli.users import PasswordFile, read_password
from trunkline.platform.accounts import accounts, data_types, keys, users
from trunkline.platform.accounts.models import Account, AccountDataType
from trunkline.platform.accounts.secrets import reseal_data_keys
from trunkline.platform.accounts.session_rules import lengths_of
from trunkline.platform.auth.signing_keys import reseal_signing_keys, rotate_signing_key
from trunkline.platform.migrations import NotMigrated, migrate_all, pending

HELP = {"help_option_names": ["-h", "--help"]}

account = typer.Typer(
    no_args_is_help=True, context_settings=HELP, help="Accounts and what is switched on for them."
)
data_type = typer.Typer(no_args_is_help=True, help="Data types: all are off until switched on.")
account.add_typer(data_type, name="data-type")
account.add_typer(encryption, name="encryption")
key = typer.Typer(no_args_is_help=True, context_settings=HELP, help="API keys and write keys.")
admin = typer.Typer(no_args_is_help=True, context_settings=HELP, help="Administrators of an account.")
migrate = typer.Typer(context_settings=HELP)

OfAccount = Annotated[str, typer.Option("--account", help="The account's id.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="As `key list` shows it.")]
DataType = Annotated[str, typer.Argument(metavar="DATA_TYPE", help="Such as agentActivity.")]


@account.command("create")
def create_account(
    account_id: AccountId,
    name: Annotated[str, typer.Option(help="The brand's name.")],
    time_zone: Annotated[str, typer.Option(help="IANA name; dates are shown in it.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Make an account. Nothing is switched on for it yet.

    Example: trunkline account create 75555851 --name Northwind --time-zone America/New_York
    """
    with refusals():
        made = accounts.create_account(OPERATOR, account_id, name=name, time_zone=time_zone)
    show(
        as_json,
        _account(made),
        f"Account {made.id} made. Next: trunkline account data-type enable {made.id} agentActivity",
    )


@account.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Show every account."""
    with refusals():
        rows = [_account(row) for row in accounts.accounts(OPERATOR)]
    show_rows(as_json, rows, "No account yet; make one with: trunkline account create")


@account.command("set")
def change_settings(
    account_id: AccountId,
    name: Annotated[str | None, typer.Option(help="The brand's name.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA name; dates are shown in it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change an account's name or time zone; what is not given stays.

    Example: trunkline account set 75555851 --time-zone America/Chicago
    """
    with refusals():
        changed = accounts.set_settings(OPERATOR, account_id, name=name, time_zone=time_zone)
    show(as_json, _account(changed), f"Account {changed.id} is {changed.name}, in {changed.time_zone}.")


@data_type.command("enable")
def enable(
    account_id: AccountId,
    name: DataType,
    inactivity_minutes: Annotated[
        int | None,
        typer.Option(
            help="A silent session closes after this. agentActivity: 480, or 60 with --heartbeats; webSession (visits, with "
            "their chats and surveys): 30; engagement (messaging conversations): 4320."
        ),
    ] = None,
    heartbeats: Annotated[bool, typer.Option("--heartbeats", help="Producers send heartbeats.")] = False,
    maximum_hours: Annotated[
        int | None,
        typer.Option(
            help="A session is cut at this length. agentActivity: 24, webSession: 6, engagement (messaging): 168."
        ),
    ] = None,
    schema_version: Annotated[
        str | None, typer.Option(help="Shape of the records; by default the oldest, as first published.")
    ] = None,
    late: Annotated[
        str,
        typer.Option(
            help="drop: late events go to the dead letters; reemit: their session is published again."
        ),
    ] = "reemit",
    as_json: AsJson = False,
) -> None:
    """Switch a data type on, or change its rules: what is not given gets its default.

    Example: trunkline account data-type enable 75555851 agentActivity --heartbeats
    """
    if late not in ("drop", "reemit"):
        raise typer.BadParameter("expected drop or reemit", param_hint="--late")
    with refusals():
        row = data_types.switch_on(
            OPERATOR,
            account_id,
            name,
            heartbeats=heartbeats,
            inactivity_minutes=inactivity_minutes,
            maximum_hours=maximum_hours,
            drop_late=late == "drop",
            schema_version=schema_version,
        )
    show(as_json, _data_type(row), f"{name} is on for account {account_id}.")


@data_type.command("disable")
def disable(account_id: AccountId, name: DataType) -> None:
    """Switch a data type off: no more files, and those there are no longer served. Its rules are kept.

    Example: trunkline account data-type disable 75555851 agentActivity
    """
    with refusals():
        data_types.switch_off(OPERATOR, account_id, name)
    typer.echo(f"{name} is off for account {account_id}.")


@data_type.command("list")
def list_data_types(account_id: AccountId, as_json: AsJson = False) -> None:
    """Show the data types of an account that were ever switched on, with their rules."""
    with refusals():
        rows = [_data_type(row) for row in data_types.data_types_of(OPERATOR, account_id)]
    show_rows(
        as_json,
        rows,
        f"Nothing is on; switch on with: trunkline account data-type enable {account_id} agentActivity",
    )


@key.command("create")
def create_key(
    account_id: OfAccount,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    permission: Annotated[
        list[str],
        typer.Option(
            help="data-access: read data files. users, profiles, skills, agent-groups, lobs, status-reasons: read and change "
            "these, with :read only read them. audit-trail: read it. user-login: log bots in. configure, api-keys: settings and "
            "keys. collect: send events; with backfill: also old ones. collect-from-browser: stand in the pages of a site."
        ),
    ],
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="With collect-from-browser: a site whose pages may use the key, such as https://shop.example."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once: keep what is printed.

    With data-access and what else an API asks for it is an OAuth 1.0 key of four values, the first two of which are also an OAuth 2.0
    client; with collect, a bearer token; with collect-from-browser, the element for the pages (docs/tag.md), which is no secret: `key list` shows it again.

    Example: trunkline key create --account 75555851 --name warehouse --permission data-access

    Example: trunkline key create --account 75555851 --name siem --permission audit-trail --permission users:read

    Example: trunkline key create --account 75555851 --name crm --permission collect --permission backfill

    Example: trunkline key create --account 75555851 --name shop --permission collect-from-browser --origin https://shop.example
    """
    with refusals():
        new = keys.create_key(OPERATOR, account_id, name=name, permissions=permission, origins=origin or [])
    values = _new_key(new, account_id)
    lines = [f"{label:<18} {cell(value)}" for label, value in values.items()]
    if "element" not in values:
        lines.append("These values are shown once; nobody can read them again.")
    else:
        lines.append("Put this element into the pages of these origins; docs/tag.md says what it does.")
        if not BUILT.exists():
            lines.append(
                "The tag is not built on this machine: `make web` does it, with Node.js 18 or newer and npm."
            )
    show(as_json, values, "\n".join(lines))


@key.command("list")
def list_keys(account_id: OfAccount, as_json: AsJson = False) -> None:
    """Show an account's keys, without their secrets; of publishable keys the token, too."""
    with refusals():
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "permissions": row.permissions,
                "origins": getattr(row, "origins", []),
                "token": getattr(row, "token", None),
                "created": shown_time(row.created),
                "revoked": shown_time(row.revoked),
            }
            for row in keys.keys_of(OPERATOR, account_id)
        ]
    show_rows(as_json, rows, f"No key yet; make one with: trunkline key create --account {account_id}")


@key.command("permissions")
def set_permissions(
    account_id: OfAccount,
    key_id: KeyId,
    permission: Annotated[
        list[str], typer.Option(help="As `key create` takes them: all that it shall have.")
    ],
) -> None:
    """Give a key other permissions; its values stay as they are.

    Example: trunkline key permissions --account 75555851 key_0123456789abcdef --permission audit-trail
    """
    with refusals():
        row = keys.set_permissions(OPERATOR, account_id, key_id, permission)
    typer.echo(f"{key_id} has {', '.join(row.permissions)}.")


@key.command("revoke")
def revoke_key(
    account_id: OfAccount,
    key_id: KeyId,
) -> None:
    """Refuse a key from now on. It cannot be taken back.

    Example: trunkline key revoke --account 75555851 key_0123456789abcdef
    """
    with refusals():
        keys.revoke_key(OPERATOR, account_id, key_id)
    typer.echo(f"{key_id} is revoked.")


@key.command("reseal")
def reseal() -> None:
    """Seal all secrets under the first key of TRUNKLINE_SEALING_KEYS, so that the others can be removed from it."""
    with refusals():
        count = reseal_data_keys(OPERATOR)
        reseal_signing_keys(OPERATOR)
    typer.echo(f"The data keys of {count} accounts are sealed by the first sealing key.")


@key.command("rotate-signing")
def rotate_signing() -> None:
    """Sign OAuth 2.0 access tokens with a new key from now on; those signed before stay good until they expire."""
    with refusals():
        kid = rotate_signing_key(OPERATOR)
    typer.echo(f"The key {kid} signs access tokens.")


@admin.callback()
def _admin() -> None:
    """Administrators of an account."""


@admin.command("create")
def create_admin(
    login: Annotated[str, typer.Argument(help="The log-in name.")],
    account_id: OfAccount,
    password_file: PasswordFile = None,
) -> None:
    """Make an administrator of an account. The password has at least 12 characters.

    Example: trunkline admin create --account 75555851 ada@northwind.example
    """
    password = read_password(password_file)
    with refusals():
        users.create_administrator(OPERATOR, account_id, login, password)
    typer.echo(f"{login} administers account {account_id}.")


@migrate.command()
def migrate_databases(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; end with code 1 if something is to do.")
    ] = False,
) -> None:
    """Bring every database to this version of the program. Safe to repeat.

    Example: trunkline --data /srv/trunkline migrate
    """
    with refusals():
        if check:
            _refuse_pending([alias for alias in connections if pending(alias)])
            return
        for alias in migrate_all():
            typer.echo(f"{alias}: ready")


def _refuse_pending(aliases: list[str]) -> None:
    if aliases:
        raise NotMigrated(
            f"database {', '.join(aliases)}: not brought to this version; run `trunkline migrate`"
        )


def _account(row: Account) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "timeZone": row.time_zone, "created": shown_time(row.created)}


def _new_key(new: keys.NewApiKey | keys.NewWriteKey, account_id: str) -> dict[str, Any]:
    values: dict[str, Any] = {"id": new.id, "account": account_id}
    if isinstance(new, keys.NewApiKey):
        return values | {
            "host": settings.TRUNKLINE.platform_url,
            "appKey": new.app_key,
            "secret": new.secret,
            "accessToken": new.access_token,
            "accessTokenSecret": new.access_token_secret,
        }
    values["token"] = new.token
    if not new.origins:
        return values
    script = f"{settings.TRUNKLINE.collector_url}/collector/v1/tag.js"
    element = f'<script async src="{script}" data-account="{account_id}" data-key="{new.token}"></script>'
    return values | {"origins": list(new.origins), "element": element}


def _data_type(row: AccountDataType) -> dict[str, Any]:
    inactivity, maximum = lengths_of(row.data_type, row)
    return {
        "dataType": row.data_type,
        "enabled": row.switched_on,
        "heartbeats": row.heartbeats,
        "inactivityMinutes": inactivity,
        "maximumHours": maximum,
        "late": "drop" if row.drop_late else "reemit",
        "schemaVersion": row.schema_version,
    }
