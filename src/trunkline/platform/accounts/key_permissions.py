"""Which permissions go together on one key, and who may give them. Pure."""

from collections.abc import Iterable

from trunkline.platform.actors import Actor, Kind, Permission
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import Invalid

READ_PERMISSIONS = frozenset(permission for permission in Permission if permission.endswith(":read"))
API_PERMISSIONS = frozenset({Permission.DATA_ACCESS, Permission.LOG_IN}) | ADMINISTRATION | READ_PERMISSIONS
WRITE_PERMISSIONS = frozenset({Permission.COLLECT, Permission.BACKFILL})
PAGE_PERMISSIONS = frozenset({Permission.COLLECT_FROM_BROWSER})

_KINDS = (API_PERMISSIONS, WRITE_PERMISSIONS, PAGE_PERMISSIONS)
# Whoever may make keys may make these for others without being able to read or to collect.
_FREE = frozenset({Permission.DATA_ACCESS, Permission.LOG_IN}) | WRITE_PERMISSIONS | PAGE_PERMISSIONS
# A key is to be no way around itself; these no key that may make keys can have.
_FREE_FOR_KEYS = WRITE_PERMISSIONS | PAGE_PERMISSIONS


def check_permissions(permissions: Iterable[str]) -> frozenset[Permission]:
    """What one key may have. Raises `Invalid`."""
    wanted, known = frozenset(permissions), frozenset[Permission]().union(*_KINDS)
    if wanted == {Permission.BACKFILL}:
        raise Invalid(
            "To back-fill a key must be able to collect: add --permission collect.", field="permission"
        )
    if not wanted or not wanted <= known:
        raise Invalid(
            f"A key needs at least one of the permissions {', '.join(sorted(known))}.", field="permission"
        )
    if not any(wanted <= kind for kind in _KINDS):
        raise Invalid(
            "One key either reads and configures (data-access, users, audit-trail and so on), or sends events (collect, "
            "backfill), or stands in pages (collect-from-browser): a producer that is broken into must not be able to "
            "read, and everybody sees a page's source. Make two keys.",
            field="permission",
        )
    return frozenset(Permission(permission) for permission in wanted)


def check_same_kind(before: frozenset[str], wanted: frozenset[Permission]) -> None:
    """A key keeps its kind: its token is of one. Raises `Invalid`."""
    if not any(before <= kind and wanted <= kind for kind in _KINDS):
        raise Invalid(
            f"This key has {', '.join(sorted(before))} and stays a key of that kind; make another key.",
            field="permission",
        )


def check_may_give(actor: Actor, account_id: str, permissions: frozenset[Permission]) -> None:
    """Nobody raises its own rights through a key. Raises `NotPermitted`."""
    free = _FREE_FOR_KEYS if actor.kind == Kind.KEY else _FREE
    actor.check_may_give(permissions - free, account_id, field="permission")
