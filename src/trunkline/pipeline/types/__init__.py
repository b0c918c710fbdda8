"""The data types that the pipeline makes. Adding one: its module here, its name below."""

from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.types.agent_activity import AGENT_ACTIVITY

KINDS: dict[str, Kind] = {kind.name: kind for kind in (AGENT_ACTIVITY,)}
