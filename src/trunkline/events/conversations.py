"""What is said: the events behind Engagement (Data Access API, "Engagement"), for chat and for messaging.

A chat belongs to the visit in which it is held; a messaging conversation stands for itself. Codes are the published ones.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from trunkline.events.envelope import ConversationId, Event, Int, Long, LongText, Name, Text, VisitorId
from trunkline.events.parts import Device, FileData, LineType, LinkData


class ConversationType(StrEnum):
    """Chat (within a visit) or messaging (for itself)."""

    LIVE_CHAT = "LIVE_CHAT"
    MESSAGING = "MESSAGING"


class ConversationEvent(Event, kw_only=True):
    """Which conversation it is, and with whom."""

    kind: ClassVar[str] = "visits"

    conversation_id: ConversationId
    conversation_type: Annotated[
        ConversationType,
        Meta(description="The same in all events of a conversation; LIVE_CHAT where left out."),
    ] = ConversationType.LIVE_CHAT
    visitor_id: Annotated[VisitorId | None, Meta(description="Who talks; a chat cannot do without.")] = None
    context_id: Annotated[Name | None, Meta(description="What the page or its owner calls the context.")] = (
        None
    )

    def __post_init__(self) -> None:
        if self.visitor_id is None and self.conversation_type is ConversationType.LIVE_CHAT:
            raise ValueError("visitorId: missing; a chat belongs to the visit of its visitor")


class ConversationRequested(ConversationEvent, tag="conversation.requested", kw_only=True):
    """Somebody wants to talk: the conversation begins."""

    consumer_id: Annotated[Name | None, Meta(description="The consumer of a messaging conversation.")] = None
    visit_id: Annotated[Name | None, Meta(description="Messaging: the visit in which it was begun.")] = None
    source_origin: Annotated[Name | None, Meta(description="Web, …")] = None
    source_device: Device | None = None
    campaign_id: Annotated[Long | None, Meta(description="The campaign that led to it.")] = None
    campaign_engagement_id: Annotated[Long | None, Meta(description="The engagement that was accepted.")] = (
        None
    )
    skill_id: Annotated[Long | None, Meta(description="The skill that is asked for.")] = None
    start_reason: Annotated[
        Int | None, Meta(description="0 visitor's request, 2 transfer, 3 transfer failed.")
    ] = None
    start_page: Annotated[Text | None, Meta(description="Title of the page.")] = None
    start_url: Annotated[Text | None, Meta(description="Address of the page.")] = None


class ConversationQueued(ConversationEvent, tag="conversation.queued", kw_only=True):
    """The conversation waits for an agent of a skill."""

    skill_id: Annotated[Long | None, Meta(description="The skill that is asked for.")] = None


class ConversationConnected(ConversationEvent, tag="conversation.connected", kw_only=True):
    """An agent took the conversation."""

    agent_id: Annotated[Name | None, Meta(description="The agent.")] = None
    skill_id: Annotated[Long | None, Meta(description="The skill that is asked for.")] = None


class ConversationLine(ConversationEvent, tag="conversation.line", kw_only=True):
    """A line was written."""

    line_type: Annotated[LineType, Meta(description=LineType.__doc__ or "")]
    text: Annotated[LongText | None, Meta(description="What was written.")] = None
    by: Annotated[Name | None, Meta(description="Name of the writer; info for control lines.")] = None
    agent_id: Annotated[Name | None, Meta(description="The agent.")] = None
    control_type: Annotated[Name | None, Meta(description="Which predefined text it is; 0: none.")] = None
    content_format: Annotated[
        Name | None, Meta(description="NA, TEXT_PLAIN, IMG, TEXT_HTML, LINK, HOSTED_FILE.")
    ] = None
    message_id: Annotated[Name | None, Meta(description="Tells one line from another.")] = None
    dialog_id: Annotated[Name | None, Meta(description="The part of a messaging conversation.")] = None
    file_data: FileData | None = None
    link_data: LinkData | None = None


class ConversationTransferred(ConversationEvent, tag="conversation.transferred", kw_only=True):
    """The conversation was handed on; it waits again until the next agent takes it."""

    skill_id: Annotated[Long | None, Meta(description="The skill that is asked for.")] = None
    target_skill_id: Annotated[Long | None, Meta(description="The skill it is handed to.")] = None
    agent_id: Annotated[Name | None, Meta(description="The agent.")] = None
    target_agent_id: Annotated[Name | None, Meta(description="The agent it is handed to.")] = None
    reason: Annotated[Long | None, Meta(description="Why, in a code of the producer.")] = None


class SecureFormUsed(ConversationEvent, tag="conversation.secureForm", kw_only=True):
    """A secure form was sent, opened or submitted; what was written in it never is part of an event."""

    form_id: Annotated[Name, Meta(description="The form.")]
    title: Annotated[Name | None, Meta(description="Its title.")] = None
    state: Annotated[Name | None, Meta(description="invited, opened, submitted, expired.")] = None
    agent_id: Annotated[Name | None, Meta(description="The agent.")] = None


class ConversationScored(ConversationEvent, tag="conversation.scored", kw_only=True):
    """The Meaningful Conversation Score changed: of the whole conversation, or of one message."""

    score: Annotated[Int, Meta(description="0 to 100.")]
    message_id: Annotated[Name | None, Meta(description="Tells one line from another.")] = None


class ConversationEnded(ConversationEvent, tag="conversation.ended", kw_only=True):
    """The conversation is over. Messaging: closes the session, so that scores are sent before."""

    reason: Annotated[
        Int | None,
        Meta(
            description="101 transfer to an agent, 106 transfer to a skill, 201 agent stopped, 202 agent disconnected, "
            "205 visitor disconnected, 208 visitor no longer there, 210 visitor closed."
        ),
    ] = None
