"""Every object type."""

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.types.agent_group import AGENT_GROUP
from trunkline.platform.configuration.types.lob import LOB
from trunkline.platform.configuration.types.profile import PROFILE
from trunkline.platform.configuration.types.skill import SKILL
from trunkline.platform.configuration.types.status_reason import STATUS_REASON
from trunkline.platform.configuration.types.user import USER

__all__ = [
    "AGENT_GROUP",
    "BY_NAME",
    "BY_PATH",
    "LOB",
    "OBJECT_TYPES",
    "PROFILE",
    "SKILL",
    "STATUS_REASON",
    "USER",
]

OBJECT_TYPES: tuple[ObjectType, ...] = (USER, PROFILE, SKILL, AGENT_GROUP, LOB, STATUS_REASON)
BY_NAME = {object_type.name: object_type for object_type in OBJECT_TYPES}
BY_PATH = {object_type.path: object_type for object_type in OBJECT_TYPES}
