"""`trunkline audit security-log`: what happened and is no change."""

import json
from typing import Annotated, Any

import typer

from trunkline.cli.answering import AsJson, refusals, show_rows, shown_time
from trunkline.cli.operator import OPERATOR
from trunkline.platform.audit.models import Notice
from trunkline.platform.audit.notices import MOST_READ, Event, notices_of


def list_notices(
    account: Annotated[
        str,
        typer.Option("--account", help="The account's id; without it, what named no account that there is."),
    ] = "",
    event: Annotated[list[Event] | None, typer.Option(help="Only these; repeat it for more.")] = None,
    before: Annotated[int | None, typer.Option(help="Go on from the last id of the page before.")] = None,
    first: Annotated[int, typer.Option(min=1, max=MOST_READ, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show log-ins, refused ones, denied requests, readings of the trail and the like, newest first; times are in UTC.

    Example: trunkline audit security-log --account 75555851 --event log-in-refused
    """
    with refusals():
        found = notices_of(OPERATOR, account, events=frozenset(event or ()), before=before, most=first)
    show_rows(as_json, [_row(notice, as_json) for notice in found], "Nothing.")


def _row(notice: Notice, as_json: bool) -> dict[str, Any]:
    who = notice.actor
    values = {
        "id": notice.pk,
        "time": shown_time(notice.time),
        "event": notice.kind,
        "count": notice.count,
    }
    if as_json:
        return values | {"last": shown_time(notice.last), "actor": who, "details": notice.details}
    return values | {
        "who": who["loginName"] or who["name"] or notice.actor_id,
        "address": who["address"],
        "details": json.dumps(notice.details) if notice.details else "",
    }
