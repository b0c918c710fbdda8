"""The closed list of event types. Adding one: its class in a module of its subject, its name here."""

from trunkline.events.agents import AgentConcurrency, AgentHeartbeat, AgentLogin, AgentLogout, AgentStatus
from trunkline.events.envelope import Event

VOCABULARY_VERSION = "1.0"
"""Minor: types or optional members were added. Major: what was valid before may now be refused."""

AnyEvent = AgentLogin | AgentLogout | AgentStatus | AgentConcurrency | AgentHeartbeat

EVENT_TYPES: dict[str, type[Event]] = {
    str(cls.__struct_config__.tag): cls
    for cls in (AgentLogin, AgentLogout, AgentStatus, AgentConcurrency, AgentHeartbeat)
}


def types_of(data_type: str) -> list[str]:
    """The event types that a data type (`agentActivity`, …) is made of."""
    return [name for name, cls in EVENT_TYPES.items() if getattr(cls, "data_type", None) == data_type]
