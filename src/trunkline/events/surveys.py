"""What is asked: the events behind Survey (Data Access API, "Survey")."""

from enum import IntEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from trunkline.events.envelope import ConversationId, Event, Long, Name, VisitorId
from trunkline.events.parts import SurveyAnswer


class SurveyType(IntEnum):
    """1 pre-chat, 2 exit, 3 agent, 4 offline."""

    PRE_CHAT = 1
    EXIT = 2
    AGENT = 3
    OFFLINE = 4


class SurveyEvent(Event, kw_only=True):
    """Which survey it is, and of whom: published with the visit of the visitor, or else with the conversation."""

    kind: ClassVar[str] = "visits"

    survey_id: Annotated[Long, Meta(description="The survey.")]
    survey_type: Annotated[SurveyType, Meta(description=SurveyType.__doc__ or "")]
    visitor_id: VisitorId | None = None
    conversation_id: ConversationId | None = None
    context_id: Annotated[Name | None, Meta(description="What the page or its owner calls the context.")] = (
        None
    )

    def __post_init__(self) -> None:
        if self.visitor_id is None and self.conversation_id is None:
            raise ValueError("visitorId: missing; a survey belongs to a visitor, or else to a conversation")


class SurveyShown(SurveyEvent, tag="survey.shown", kw_only=True):
    """A survey was shown."""


class SurveyAnswered(SurveyEvent, tag="survey.answered", kw_only=True):
    """Answers were submitted, by the visitor or (agent survey) by the agent."""

    answers: Annotated[list[SurveyAnswer], Meta(min_length=1, max_length=100)]
    survey_name: Annotated[Name | None, Meta(description="Its name.")] = None
