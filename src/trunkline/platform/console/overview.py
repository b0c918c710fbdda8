"""The first page: what there is, what is on, what changed lately."""

from django.http import HttpResponse

from trunkline.platform.accounts.data_types import data_types_of
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.query import Page, find_changes
from trunkline.platform.configuration.objects import list_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.console.forms.layouts import LAYOUTS
from trunkline.platform.console.forms.words import DATA_TYPES
from trunkline.platform.console.names import Names
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.console.trail.saying import Change, changes
from trunkline.platform.permissions import Permission
from trunkline.schemas import registry

_LINES, _MOST = 100, 8


@page
def overview(who: SignedIn) -> HttpResponse:
    counts = [
        (LAYOUTS[one.name], one.path, len(list_objects(who.actor, who.account.id, one).objects))
        for one in OBJECT_TYPES
        if who.actor.may(one.read, who.account.id)
    ]
    return who.show(
        "console/overview.html",
        who.account.name,
        counts=counts,
        data_types=_data_types(who),
        changes=_changes(who),
    )


def _data_types(who: SignedIn) -> list[tuple[str, str, bool]] | None:
    if not who.actor.may(Permission.CONFIGURE, who.account.id):
        return None
    on = {row.data_type for row in data_types_of(who.actor, who.account.id) if row.switched_on}
    return [(name, DATA_TYPES.get(name, name), name in on) for name in registry.data_types()]


def _changes(who: SignedIn) -> list[Change] | None:
    if not who.actor.may(Permission.AUDIT_TRAIL, who.account.id):
        return None
    rows = find_changes(who.actor, who.account.id, Filter(), Page(_LINES))
    return changes(rows, Names(who.actor, who.account.id))[:_MOST]
