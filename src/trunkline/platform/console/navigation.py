"""The pages that an actor may open."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.console.forms.layouts import LAYOUTS


@dataclass(frozen=True)
class Entry:
    title: str
    icon: str
    address: str
    is_current: bool


def navigation(actor: Actor, account_id: str, path: str) -> list[Entry]:
    """In the order in which they are shown; `path` is where the person is."""
    home = reverse("console")
    found = [("Overview", "home", home, True), *_pages(actor, account_id)]
    return [
        Entry(title, icon, address, path == address or (address != home and path.startswith(f"{address}/")))
        for title, icon, address, may in found
        if may
    ]


def _pages(actor: Actor, account_id: str) -> Iterator[tuple[str, str, str, bool]]:
    for object_type in OBJECT_TYPES:
        layout = LAYOUTS[object_type.name]
        address = reverse("console-objects", args=[object_type.path])
        yield layout.title, layout.icon, address, actor.may(object_type.read, account_id)
    for title, icon, name, permission in (
        ("Audit trail", "history", "console-trail", Permission.AUDIT_TRAIL),
        ("API keys", "key", "console-keys", Permission.KEYS),
        ("Account", "adjustments", "console-account", Permission.CONFIGURE),
    ):
        yield title, icon, reverse(name), actor.may(permission, account_id)
