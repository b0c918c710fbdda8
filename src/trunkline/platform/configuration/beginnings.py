"""What every account has from its first moment: the root group, and a profile for each role."""

from typing import Any

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.registry import AGENT_GROUP, PROFILE
from trunkline.platform.configuration.types.profile import Role, packages_for
from trunkline.platform.permissions import ADMINISTRATION, Permission

ADMINISTRATOR = "Administrator"

_READ = frozenset(permission for permission in Permission if permission.endswith(":read"))

_PROFILES: dict[str, tuple[Role, frozenset[Permission]]] = {
    ADMINISTRATOR: (Role.ADMINISTRATOR, ADMINISTRATION),
    "Agent": (Role.AGENT, frozenset()),
    "Agent Manager": (Role.AGENT_MANAGER, _READ),
    "Campaign Manager": (Role.CAMPAIGN_MANAGER, _READ | {Permission.KEYS}),
}


def first_objects(account_name: str) -> list[tuple[ObjectType, dict[str, Any]]]:
    """The objects, in the order in which they are made."""
    root = AGENT_GROUP.schema.model_validate({"name": account_name, "description": "Everybody is below it."})
    return [(AGENT_GROUP, root.model_dump(mode="json"))] + [
        (PROFILE, _profile(name, role, permissions)) for name, (role, permissions) in _PROFILES.items()
    ]


def _profile(name: str, role: Role, permissions: frozenset[Permission]) -> dict[str, Any]:
    values = {"name": name, "roleTypeId": role, "permissionPackages": packages_for(permissions)}
    return PROFILE.schema.model_validate(values).model_dump(mode="json")
