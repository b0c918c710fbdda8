"""The first page: what there is, what is on, what changed lately."""

from django.http import HttpResponse

from trunkline.platform.configuration.objects import list_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.console.forms.layouts import LAYOUTS
from trunkline.platform.console.signed_in import SignedIn, page


@page
def overview(who: SignedIn) -> HttpResponse:
    counts = [
        (LAYOUTS[one.name], one.path, len(list_objects(who.actor, who.account.id, one).objects))
        for one in OBJECT_TYPES
        if who.actor.may(one.read, who.account.id)
    ]
    return who.show("console/overview.html", who.account.name, counts=counts)
