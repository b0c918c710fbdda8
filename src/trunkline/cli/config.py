"""`trunkline config …`: the configuration of an account, object by object, and all of it as a file."""
# ruff: noqa: E402  # the platform's models can be imported only after Django has been set up

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.platform import project

project.start()

from trunkline.cli.answering import AsJson, refusals, show, show_rows
from trunkline.cli.config_file import to_yaml, write_file
from trunkline.cli.config_values import read_values
from trunkline.cli.operator import OPERATOR
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.export import exported
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.configuration.shapes import facts_of, published, summary_names

HELP = {"help_option_names": ["-h", "--help"]}

TYPES = {re.sub("([A-Z])", r"-\1", object_type.name).lower(): object_type for object_type in OBJECT_TYPES}
"""As they are typed: `agent-group`."""


def _read_type(text: str) -> ObjectType:
    if text not in TYPES:
        raise typer.BadParameter(f"expected one of {', '.join(TYPES)}")
    return TYPES[text]


Type = Annotated[
    ObjectType, typer.Argument(metavar="TYPE", parser=_read_type, help=f"One of {', '.join(TYPES)}.")
]
Number = Annotated[int, typer.Argument(metavar="ID", help="As `config list` shows it.", min=0, max=2**53 - 1)]
Given = Annotated[
    list[str],
    typer.Argument(
        metavar="ELEMENT=VALUE…", help="By published names. Lists: 3,4. Members of members: as JSON."
    ),
]
OfAccount = Annotated[str, typer.Option("--account", help="The account's id.")]

config = typer.Typer(
    no_args_is_help=True,
    context_settings=HELP,
    help="Users, profiles, skills, agent groups, lines of business and status reasons of an account.",
)


@config.command("list")
def list_objects(
    object_type: Type,
    account_id: OfAccount,
    deleted: Annotated[bool, typer.Option("--deleted", help="Deleted ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every object of a type; with --json whole, else a summary.

    Example: trunkline config list skill --account 75555851
    """
    with refusals():
        found = objects.list_objects(OPERATOR, account_id, object_type, include_deleted=deleted)
        shown = _published(account_id, object_type, found.objects)
    chosen = [*summary_names(object_type)]
    rows = shown if as_json else [{name: one[name] for name in chosen} for one in shown]
    show_rows(as_json, rows, f"The account has no {object_type.label}.")


@config.command("show")
def show_object(object_type: Type, number: Number, account_id: OfAccount, as_json: AsJson = False) -> None:
    """Show one object, whole; deleted ones too.

    Example: trunkline config show skill 6 --account 75555851
    """
    with refusals():
        row = objects.read_object(OPERATOR, account_id, object_type, number)
        [shown] = _published(account_id, object_type, [row])
    show(as_json, shown, _lines(shown))


@config.command("create")
def create_object(object_type: Type, given: Given, account_id: OfAccount, as_json: AsJson = False) -> None:
    """Make an object; elements that are not given have their defaults.

    Example: trunkline config create skill --account 75555851 name=Billing maxWaitTime=60
    """
    with refusals():
        values = read_values(object_type, given)
        rows = objects.create_objects(OPERATOR, account_id, object_type, [values])
        [shown] = _published(account_id, object_type, rows)
    show(as_json, shown, _lines(shown))


@config.command("set")
def set_elements(
    object_type: Type, number: Number, given: Given, account_id: OfAccount, as_json: AsJson = False
) -> None:
    """Change elements of an object; the others stay as they are.

    Example: trunkline config set skill 6 --account 75555851 name=Invoices
    """
    with refusals():
        values = read_values(object_type, given)
        revision = objects.revision_of(account_id)
        row = objects.read_object(OPERATOR, account_id, object_type, number, include_deleted=False)
        rows = objects.replace_objects(
            OPERATOR, account_id, object_type, {number: row.values | values}, revision=revision
        )
        [shown] = _published(account_id, object_type, rows)
    show(as_json, shown, _lines(shown))


@config.command("delete")
def delete_objects(
    object_type: Type,
    numbers: Annotated[list[int], typer.Argument(metavar="ID…", min=0, max=2**53 - 1)],
    account_id: OfAccount,
) -> None:
    """Delete objects, all of them or none. They stay, flagged, and their names are free again.

    Example: trunkline config delete skill 6 7 --account 75555851
    """
    with refusals():
        rows = objects.delete_objects(OPERATOR, account_id, object_type, numbers)
    for row in rows:
        typer.echo(f"The {object_type.label} {row.name} ({row.number}) is deleted.")


@config.command("export")
def export(
    account_id: OfAccount,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", dir_okay=False, help="Written here, whole or not at all, instead of printed."
        ),
    ] = None,
) -> None:
    """The whole configuration of an account as YAML, without secrets and without what was deleted, in an order that stays.

    Example: trunkline config export --account 75555851 --output northwind.yaml
    """
    with refusals():
        text = to_yaml(exported(OPERATOR, account_id))
    if output is None:
        typer.echo(text, nl=False)
        return
    write_file(output, text)
    typer.echo(f"The configuration of account {account_id} is in {output}.")


def _published(
    account_id: str, object_type: ObjectType, rows: Iterable[ConfigurationObject]
) -> list[dict[str, Any]]:
    facts = facts_of(account_id, object_type)
    return [published(row, object_type, facts) for row in rows]


def _lines(shown: dict[str, Any]) -> str:
    width = max(map(len, shown))
    return "\n".join(f"{name:<{width}}  {_text(value)}" for name, value in shown.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
