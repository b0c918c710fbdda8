"""The trail: what was changed, by whom, from what to what."""

import json
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpResponse

from trunkline.platform.audit.component_types import COMPONENTS
from trunkline.platform.audit.display import ENGLISH, display
from trunkline.platform.audit.entries import ADD, DELETE, EDIT
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.one_change import read_change
from trunkline.platform.audit.query import MAX_OFFSET, Page, count_changes, find_changes
from trunkline.platform.console.names import Names
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.console.trail.asking import NAMES, question
from trunkline.platform.console.trail.saying import change, changes
from trunkline.platform.errors import STATUSES
from trunkline.platform.refusals import Invalid
from trunkline.web.paging import SIZE, Pages, number_of

ACTIONS = ((ADD, "Added"), (EDIT, "Changed"), (DELETE, "Deleted"))


@page
def trail(who: SignedIn) -> HttpResponse:
    given = who.request.GET
    try:
        filter = question(given.dict(), who.account.time_zone).filter
    except Invalid as refusal:
        context = {"problem": refusal.message.partition(": ")[2], "pages": Pages([], 1, 0)}
        return _show(who, context, STATUSES[type(refusal)])
    return _show(who, {"pages": _page(who, filter, given.get("page", ""))})


@page
def one_change(who: SignedIn, number: int) -> HttpResponse:
    found = read_change(who.actor, who.account.id, number)
    told = change(found, found.changes, Names(who.actor, who.account.id))
    return who.show(
        "console/change.html",
        f"Change {number}",
        change=told,
        actor=found.actor,
        automatic=found.automatic,
        document=json.dumps(msgspec.to_builtins(found), indent=2, ensure_ascii=False),
    )


def _page(who: SignedIn, filter: Filter, wanted: str) -> Pages[Any]:
    total = count_changes(who.actor, who.account.id, filter)
    number = number_of(wanted, min(total, MAX_OFFSET))
    rows = find_changes(who.actor, who.account.id, filter, Page(SIZE, (number - 1) * SIZE))
    return Pages(rows, number, total)


def _show(who: SignedIn, context: dict[str, Any], status: int = 200) -> HttpResponse:
    given = who.request.GET
    asked = {name: given[name] for name in NAMES if given.get(name)}
    words = display(ENGLISH)
    return who.show(
        "console/trail.html",
        "Audit trail",
        status=status,
        changes=changes(context["pages"].shown, Names(who.actor, who.account.id)),
        asked=asked,
        asked_query=urlencode(asked),
        types=[(name, words.object_type(name)) for name in COMPONENTS],
        actions=ACTIONS,
        **context,
    )
