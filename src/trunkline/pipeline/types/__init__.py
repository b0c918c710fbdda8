"""The kinds that the pipeline works on. Adding one: its module here, its name below."""

from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.types.agent_activity import AGENT_ACTIVITY
from trunkline.pipeline.types.visits import VISITS

KINDS: dict[str, Kind] = {kind.name: kind for kind in (AGENT_ACTIVITY, VISITS)}


def kind_of(data_type: str) -> Kind:
    """The kind of which a data type is made. Raises `KeyError`."""
    return next(kind for kind in KINDS.values() if data_type in kind.data_types)
