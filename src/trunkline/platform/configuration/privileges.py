"""Nobody raises rights beyond its own: neither by a profile, nor by whom it gives one, nor by becoming somebody else."""

from collections.abc import Iterable

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.configuration.object_types import Draft, Others, Values
from trunkline.platform.configuration.types.profile import permissions_of


def check_privileges(
    actor: Actor, account_id: str, type_name: str, drafts: Iterable[Draft], others: Others
) -> None:
    """Raises `NotPermitted`, which names the permission."""
    for draft in drafts:
        if draft.after is None:
            continue
        if type_name == "profile":
            given = _of_profile(draft.after) - _of_profile(draft.before)
            actor.check_may_give(given, account_id, field="permissionPackages")
        if type_name == "user":
            has = permissions_of_user(draft.after, others)
            given = has - permissions_of_user(draft.before, others)
            actor.check_may_give(given, account_id, field="profileIds")
            if _allows_more_keys(draft):
                # Who has the secret of such a key logs in as this user.
                actor.check_may_give(has, account_id, field="allowedAppKeys")


def permissions_of_user(values: Values | None, others: Others) -> frozenset[Permission]:
    """What the profiles of a user permit."""
    profiles = [others.find("profile", number) for number in (values or {}).get("profileIds", ())]
    return frozenset().union(*(permissions_of(profile.values) for profile in profiles if profile))


def _of_profile(values: Values | None) -> frozenset[Permission]:
    return permissions_of(dict(values)) if values else frozenset()


def _allows_more_keys(draft: Draft) -> bool:
    before = (draft.before or {}).get("allowedAppKeys")
    after = (draft.after or {}).get("allowedAppKeys")
    return bool(after) and after != before
