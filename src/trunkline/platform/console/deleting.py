"""The page that asks before an object is deleted."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from trunkline.platform.configuration.objects import delete_objects, read_object
from trunkline.platform.configuration.registry import BY_NAME
from trunkline.platform.configuration.uses import uses_of
from trunkline.platform.console.forms.layouts import LAYOUTS
from trunkline.platform.console.listing import type_at
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.web.cookies import say


@page
def deleting(who: SignedIn, path: str, number: int) -> HttpResponse:
    object_type = type_at(path)
    row = read_object(who.actor, who.account.id, object_type, number, include_deleted=False)
    if who.request.method == "POST":
        delete_objects(who.actor, who.account.id, object_type, [number])
        response = HttpResponseRedirect(reverse("console-objects", args=[path]))
        say(response, f"The {object_type.label} {row.name} is deleted; its name is free again.")
        return response
    uses = [
        (
            BY_NAME[one.type].label,
            one.name,
            reverse("console-object", args=[BY_NAME[one.type].path, one.number]),
        )
        for one in uses_of(who.actor, who.account.id, object_type, number)
    ]
    title = f"Delete the {object_type.label} {row.name}?"
    return who.show(
        "console/delete.html", title, type=object_type, row=row, uses=uses, layout=LAYOUTS[object_type.name]
    )
