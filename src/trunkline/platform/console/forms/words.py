"""Elements, values and permissions as people say them. Pure."""

from collections.abc import Mapping
from typing import Any

from trunkline.platform.configuration.types.profile import Role
from trunkline.platform.permissions import Permission

CHOICES: Mapping[tuple[str, str], Mapping[Any, str]] = {
    ("profile", "roleTypeId"): {
        role.value: "LivePerson" if role is Role.LPA else role.name.replace("_", " ").capitalize()
        for role in Role
    },
    ("user", "userTypeId"): {0: "System", 1: "Human", 2: "Bot"},
    ("statusReason", "state"): {"AWAY": "Away", "BACK_SOON": "Back soon", "OCCUPIED": "Occupied"},
}
"""What the values of an element mean, by object type and element."""

PERMISSIONS: Mapping[str, tuple[tuple[Permission, str], ...]] = {
    "Account": (
        (Permission.CONFIGURE, "Change the account's settings, data types and encryption"),
        (Permission.KEYS, "Create, change and revoke API keys"),
        (Permission.AUDIT_TRAIL, "View and export the audit trail"),
    ),
    "People": (
        (Permission.READ_USERS, "See users"),
        (Permission.USERS, "Change users"),
        (Permission.READ_PROFILES, "See profiles"),
        (Permission.PROFILES, "Change profiles, and so what others may do"),
    ),
    "Work": (
        (Permission.READ_SKILLS, "See skills"),
        (Permission.SKILLS, "Change skills"),
        (Permission.READ_AGENT_GROUPS, "See agent groups"),
        (Permission.AGENT_GROUPS, "Change agent groups"),
        (Permission.READ_LOBS, "See lines of business"),
        (Permission.LOBS, "Change lines of business"),
        (Permission.READ_STATUS_REASONS, "See status reasons"),
        (Permission.STATUS_REASONS, "Change status reasons"),
    ),
    "Data": (
        (Permission.DATA_ACCESS, "Download data files"),
        (Permission.LOG_IN, "Log users in by name, as bots are"),
    ),
}
"""Every permission that a profile can give, by what it is about."""

KEY_PERMISSIONS: Mapping[str, str] = {
    **{permission: text for group in PERMISSIONS.values() for permission, text in group},
    Permission.COLLECT: "Send events of the last days",
    Permission.BACKFILL: "Send events of any age, too",
    Permission.COLLECT_FROM_BROWSER: "Send visitors' events from pages",
}
"""Every permission that a key can have."""

DATA_TYPES: Mapping[str, str] = {
    "agentActivity": "Agent Activity",
    "webSession": "Web Session",
    "engagement": "Engagement",
    "survey": "Survey",
}
