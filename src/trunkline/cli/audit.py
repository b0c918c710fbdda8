"""`trunkline audit …`: the audit trail, for whoever operates the platform."""
# ruff: noqa: E402  # the platform's models can be imported only after Django has been set up

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from trunkline.platform import project

project.start()

from trunkline.cli.answering import AsJson, refusals, show
from trunkline.cli.audit_reading import export, list_changes
from trunkline.cli.operator import OPERATOR
from trunkline.cli.security_log import list_notices
from trunkline.platform.audit.check import check as check_trail
from trunkline.platform.audit.consistency import Finding

audit = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The audit trail: every change of configuration.",
)


audit.command("list")(list_changes)
audit.command("export")(export)
audit.command("security-log")(list_notices)

MOST_SHOWN = 1000


@audit.command("check")
def check(
    account: Annotated[
        str | None, typer.Option("--account", help="Only this account; all without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that the trail is whole and that nothing was changed without it.

    Numbers and times in order, every entry as it was written, old and new values that fit each other, the configuration as its
    entries make it, and every row that the database saw written explained by an entry. Ends with code 1 if something is found.

    Example: trunkline audit check --account 75555851
    """
    console = Console(stderr=True)
    found: list[Finding] = []
    more = 0
    with refusals(), console.status("…") as status:

        def progress(account_id: str, changes: int) -> None:
            status.update(f"account {account_id}: {changes} changes")

        for finding in check_trail(OPERATOR, account, progress):
            if len(found) < MOST_SHOWN:
                found.append(finding)
            else:
                more += 1
    text = "\n".join(
        f"✗ {' '.join(filter(None, (f'account {one.account}' if one.account else '', _of(one.number))))} "
        f"{one.object}: {one.text}\n  {one.remedy}"
        for one in found
    )
    shown = f"{text}\n{len(found) + more} found." + (f" Only {MOST_SHOWN} are shown." if more else "")
    show(
        as_json,
        [asdict(one) for one in found],
        shown if found else "The trail is whole, and explains everything that is there.",
    )
    raise typer.Exit(1 if found else 0)


def _of(number: int | None) -> str:
    return "" if number is None else f"change {number},"
