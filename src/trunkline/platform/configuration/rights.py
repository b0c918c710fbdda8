"""Nobody gives away rights that they do not have: by a profile, by giving a profile to a user, or by acting as somebody else.

An administrator may give every right.
"""

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.configuration.object_types import Draft, ObjectType, Others, Values
from trunkline.platform.configuration.types.profile import permissions_of
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import NotPermitted


def check_rights_given(
    actor: Actor, account_id: str, object_type: ObjectType, draft: Draft, others: Others
) -> None:
    """What a draft permits anew, the actor must be permitted. Raises `NotPermitted`."""
    if object_type.name in ("user", "profile"):
        given = rights_of(object_type, draft.after, others) - rights_of(object_type, draft.before, others)
        _check(actor, account_id, given, "give")
    if object_type.name == "user" and draft.after and _lets_another_key_in(draft):
        check_may_act_for(actor, account_id, draft.after, others)


def check_may_act_for(actor: Actor, account_id: str, user: Values, others: Others) -> None:
    """Whoever sets a user's password can log in as the user: only with all the user's rights. Raises `NotPermitted`."""
    _check(actor, account_id, _rights_of_user(user, others), "take over a user who has")


def rights_of(object_type: ObjectType, values: Values | None, others: Others) -> frozenset[Permission]:
    """What somebody who has this profile, or who is this user, may do."""
    if values is None:
        return frozenset()
    return permissions_of(dict(values)) if object_type.name == "profile" else _rights_of_user(values, others)


def _lets_another_key_in(draft: Draft) -> bool:
    """By a key that is named there, whoever has the key logs in as the user."""
    before, after = ((values or {}).get("allowedAppKeys") for values in (draft.before, draft.after))
    return bool(after) and before != after


def _rights_of_user(user: Values, others: Others) -> frozenset[Permission]:
    profiles = [others.find("profile", number) for number in user["profileIds"]]
    return frozenset[Permission]().union(*(permissions_of(profile.values) for profile in profiles if profile))


def _check(actor: Actor, account_id: str, rights: frozenset[Permission], doing: str) -> None:
    if all(actor.may(permission, account_id) for permission in ADMINISTRATION):
        return
    for permission in sorted(rights):
        if not actor.may(permission, account_id):
            raise NotPermitted(
                f"You cannot {doing} the permission {permission}, which you do not have; ask an administrator.",
                reason="permission_missing",
            )
