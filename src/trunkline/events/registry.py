"""The closed list of event types. Adding one: its class in a module of its subject, its name here."""

from trunkline.events.agents import AgentConcurrency, AgentHeartbeat, AgentLogin, AgentLogout, AgentStatus
from trunkline.events.conversations import (
    ConversationConnected,
    ConversationEnded,
    ConversationLine,
    ConversationQueued,
    ConversationRequested,
    ConversationScored,
    ConversationTransferred,
    SecureFormUsed,
)
from trunkline.events.envelope import Event
from trunkline.events.surveys import SurveyAnswered, SurveyShown
from trunkline.events.visits import (
    AttributesSet,
    Eligible,
    GoalAchieved,
    Impression,
    PageViewed,
    VisitEnded,
    VisitStarted,
)

VOCABULARY_VERSION = "1.1"
"""Minor: types or optional members were added. Major: what was valid before may now be refused."""

AnyEvent = (
    AgentLogin
    | AgentLogout
    | AgentStatus
    | AgentConcurrency
    | AgentHeartbeat
    | VisitStarted
    | PageViewed
    | AttributesSet
    | Eligible
    | Impression
    | GoalAchieved
    | VisitEnded
    | ConversationRequested
    | ConversationQueued
    | ConversationConnected
    | ConversationLine
    | ConversationTransferred
    | SecureFormUsed
    | ConversationScored
    | ConversationEnded
    | SurveyShown
    | SurveyAnswered
)

EVENT_TYPES: dict[str, type[Event]] = {str(cls.__struct_config__.tag): cls for cls in AnyEvent.__args__}


def types_of(kind: str) -> list[str]:
    """The event types whose sessions are grouped together: `agentActivity` (log-ins), `visits` (all of visitors)."""
    return [name for name, cls in EVENT_TYPES.items() if getattr(cls, "kind", None) == kind]
