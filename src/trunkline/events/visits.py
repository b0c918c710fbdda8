"""What visitors do on a site: the events behind Web Session (Data Access API, "Web Session")."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from trunkline.events.envelope import Event, Int, Long, Name, SessionId, Text, VisitorId
from trunkline.events.parts import (
    Campaign,
    CampaignGoal,
    CartStatus,
    ControlGroup,
    CustomerInfo,
    EligibleCampaign,
    Engagement,
    Geo,
    IncreaseInteractionGoal,
    Lead,
    MarketingCampaignInfo,
    PersonalInfo,
    Purchase,
    PurchaseGoal,
    ReduceAbandonmentGoal,
    ServiceActivity,
    SessionInfo,
    UrlGoal,
    ViewedProduct,
    VisitorError,
)


class VisitorEvent(Event, kw_only=True):
    """Who the visitor is."""

    kind: ClassVar[str] = "visits"

    visitor_id: VisitorId
    context_id: Annotated[Name | None, Meta(description="What the page or its owner calls the context.")] = (
        None
    )


class VisitStarted(VisitorEvent, tag="visit.started", kw_only=True):
    """A visitor arrived: opens a visit, and closes an older one that had no end. `sessionId` becomes the visit's id."""

    session_id: SessionId | None = None
    geo: Geo | None = None
    info: SessionInfo | None = None


class PageViewed(VisitorEvent, tag="visit.page", kw_only=True):
    """A page was shown."""

    url: Annotated[Text, Meta(description="Address of the page.")]
    referrer_url: Annotated[Text | None, Meta(description="The page before.")] = None
    sections: Annotated[
        Annotated[list[Name], Meta(max_length=100)] | None,
        Meta(description="Sections of the site that the page belongs to."),
    ] = None


class AttributesSet(VisitorEvent, tag="visit.attributes", kw_only=True):
    """An engagement attribute was reported: exactly one of the nine members."""

    purchase: Purchase | None = None
    lead: Lead | None = None
    customer_info: CustomerInfo | None = None
    personal_info: PersonalInfo | None = None
    cart_status: CartStatus | None = None
    viewed_product: ViewedProduct | None = None
    service_activity: ServiceActivity | None = None
    visitor_error: VisitorError | None = None
    marketing_campaign_info: MarketingCampaignInfo | None = None

    def __post_init__(self) -> None:
        check_one(self, ATTRIBUTES, "an engagement attribute")


class Eligible(VisitorEvent, tag="visit.eligible", kw_only=True):
    """The visitor met the conditions of campaigns."""

    eligible_campaigns: Annotated[
        list[EligibleCampaign], Meta(min_length=1, max_length=100, description="The campaigns.")
    ]


class ImpressionType(StrEnum):
    """What became of an engagement that a visitor could see."""

    SHOW = "Show"
    ACCEPT = "Accept"
    CLOSE = "Close"
    TIMEOUT = "Timeout"


class Impression(VisitorEvent, tag="visit.impression", kw_only=True):
    """An engagement was shown, accepted, closed, or ran out."""

    impression_type: ImpressionType
    engagement_instance_id: Annotated[
        Name | None, Meta(description="Tells one showing of an engagement from another.")
    ] = None
    state: Annotated[
        Name | None, Meta(description="content, chatonline or chatoffline; a number in older records.")
    ] = None
    engagement: Engagement | None = None
    campaign: Campaign | None = None
    goal: CampaignGoal | None = None
    control_group: ControlGroup | None = None


class GoalAchieved(VisitorEvent, tag="visit.goal", kw_only=True):
    """The visitor reached the goal of a campaign; at most one of the last six members tells how."""

    achievement_id: Annotated[Name | None, Meta(description="Published as `id` of the goal achieved.")] = None
    campaign_goal_id: Annotated[Long | None, Meta(description="The goal of the campaign.")] = None
    campaign_goal_revision: Annotated[Long | None, Meta(description="Its revision.")] = None
    campaign_goal_type: Annotated[Int | None, Meta(description="Its type, as the campaign has it.")] = None
    url_goal: UrlGoal | None = None
    purchase: PurchaseGoal | None = None
    reduce_abandonment: ReduceAbandonmentGoal | None = None
    lead: Lead | None = None
    service_activity: ServiceActivity | None = None
    increase_interaction: IncreaseInteractionGoal | None = None

    def __post_init__(self) -> None:
        check_one(self, GOALS, "a goal", none_allowed=True)


class VisitEnded(VisitorEvent, tag="visit.ended", kw_only=True):
    """The visitor left: closes the visit. What the visitor does next opens another one, so a chat that goes on is ended first."""


ATTRIBUTES = (
    "purchase",
    "lead",
    "customer_info",
    "personal_info",
    "cart_status",
    "viewed_product",
    "service_activity",
    "visitor_error",
    "marketing_campaign_info",
)
GOALS = ("url_goal", "purchase", "reduce_abandonment", "lead", "service_activity", "increase_interaction")


def check_one(event: Event, names: tuple[str, ...], of: str, *, none_allowed: bool = False) -> None:
    """Raises `ValueError` unless exactly one of these members is there."""
    given = sum(getattr(event, name) is not None for name in names)
    if given > 1 or not (given or none_allowed):
        members = ", ".join(
            type(event).__struct_encode_fields__[type(event).__struct_fields__.index(n)] for n in names
        )
        raise ValueError(f"{of} is {'at most' if none_allowed else 'exactly'} one of {members}; got {given}")
