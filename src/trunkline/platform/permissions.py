"""What a key or a user can be given. The values are what people type."""

from enum import StrEnum
from functools import cache


class Permission(StrEnum):
    DATA_ACCESS = "data-access"
    COLLECT = "collect"
    BACKFILL = "backfill"
    COLLECT_FROM_BROWSER = "collect-from-browser"

    CONFIGURE = "configure"
    """The account itself: its settings, data types, encryption."""
    KEYS = "api-keys"

    READ_USERS = "users:read"
    USERS = "users"
    READ_PROFILES = "profiles:read"
    PROFILES = "profiles"
    READ_SKILLS = "skills:read"
    SKILLS = "skills"
    READ_AGENT_GROUPS = "agent-groups:read"
    AGENT_GROUPS = "agent-groups"
    READ_LOBS = "lobs:read"
    LOBS = "lobs"
    READ_STATUS_REASONS = "status-reasons:read"
    STATUS_REASONS = "status-reasons"

    AUDIT_TRAIL = "audit-trail"
    """To view and to export it."""
    LOG_IN = "user-login"
    """To log users in by their name and this key, as bots are."""


@cache
def implied_by(permission: Permission) -> frozenset[str]:
    """Each of these permits it: itself, and whoever may write may read."""
    return frozenset({permission, permission.removesuffix(":read")})


ADMINISTRATION = frozenset(
    {Permission.CONFIGURE, Permission.KEYS, Permission.AUDIT_TRAIL}
    | {
        Permission.USERS,
        Permission.PROFILES,
        Permission.SKILLS,
        Permission.AGENT_GROUPS,
        Permission.LOBS,
        Permission.STATUS_REASONS,
    }
)
"""All that an administrator of an account may do."""
