"""Profiles: what the users who have one may do."""

from enum import IntEnum

from pydantic import Field

from trunkline.platform.actors import Permission
from trunkline.platform.configuration.fields import Element, Name, Text
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.permissions import ADMINISTRATION


class Role(IntEnum):
    """The published role types."""

    ADMINISTRATOR = 1
    AGENT = 2
    AGENT_MANAGER = 3
    CAMPAIGN_MANAGER = 4
    LPA = 5


class PermissionPackage(Element):
    """A permission as profiles carry it; `featureKeys` names what it opens."""

    id: int = Field(ge=0, le=2**31 - 1)
    isDisplayed: bool = True
    featureKeys: list[str] = Field([], max_length=50)
    isEnabled: bool = True


class Profile(Element):
    name: Name
    description: Text = ""
    roleTypeId: Role = Role.AGENT
    permissionPackages: list[PermissionPackage] = Field([], max_length=300)
    permissions: list[int] = Field([], max_length=1000)
    isAssignedToLPA: bool = False


# 10015 is published; the others are ours, and once given a number stays.
PACKAGES: dict[int, Permission] = {
    10015: Permission.AUDIT_TRAIL,
    90001: Permission.DATA_ACCESS,
    90002: Permission.CONFIGURE,
    90003: Permission.KEYS,
    90004: Permission.LOG_IN,
    90011: Permission.READ_USERS,
    90012: Permission.USERS,
    90013: Permission.READ_PROFILES,
    90014: Permission.PROFILES,
    90015: Permission.READ_SKILLS,
    90016: Permission.SKILLS,
    90017: Permission.READ_AGENT_GROUPS,
    90018: Permission.AGENT_GROUPS,
    90019: Permission.READ_LOBS,
    90020: Permission.LOBS,
    90021: Permission.READ_STATUS_REASONS,
    90022: Permission.STATUS_REASONS,
}
"""The permission that each package opens."""
PACKAGE_OF = {permission: number for number, permission in PACKAGES.items()}


def permissions_of(values: dict[str, object]) -> frozenset[Permission]:
    """What a profile permits: its enabled packages."""
    packages = values["permissionPackages"]
    assert isinstance(packages, list)
    return frozenset(
        PACKAGES[package["id"]] for package in packages if package["isEnabled"] and package["id"] in PACKAGES
    )


def packages_for(permissions: frozenset[Permission]) -> list[dict[str, object]]:
    """The packages that open these permissions."""
    return [
        {"id": PACKAGE_OF[permission], "isDisplayed": True, "featureKeys": [], "isEnabled": True}
        for permission in sorted(permissions, key=PACKAGE_OF.__getitem__)
    ]


def is_administrative(values: dict[str, object]) -> bool:
    """True if it may change what others may do, so that somebody with it must always be left."""
    return permissions_of(values) >= ADMINISTRATION


PROFILE = ObjectType(
    name="profile",
    label="profile",
    path="profiles",
    component="ACProfileObject",
    schema=Profile,
    read=Permission.READ_PROFILES,
    write=Permission.PROFILES,
    summary=("name", "roleTypeId"),
)
