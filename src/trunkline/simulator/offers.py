"""The campaigns of a site: whom they invite to what, on which pages, and what they are to achieve."""

from dataclasses import dataclass

from trunkline.events.parts import (
    Campaign,
    CampaignGoal,
    ControlGroup,
    EligibleCampaign,
    Engagement,
    Revised,
    SurveySkill,
)
from trunkline.simulator.people import SKILLS

CHAT, MESSAGING, CONTENT = "chat", "messaging", "content"
URL, PURCHASE, STAY, LEAD, SERVICE, TALK = range(1, 7)
"""What a campaign is to achieve, in the order of the vocabulary's six goals."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A campaign with its engagement and its goal, as the events tell of it."""

    id: int
    way: str
    skill: str
    goal: int
    pages: frozenset[str]
    """The kinds of page on which a visitor becomes eligible."""
    campaign: Campaign
    engagement: Engagement
    campaign_goal: CampaignGoal
    eligible: dict[ControlGroup, EligibleCampaign]


def _offer(number: int, way: str, skill: str, goal: int, form: str, pages: str) -> Offer:
    """`form`: the type of its engagement."""
    campaign, engagement = _campaign(number), _engagement(number, way, skill, form)
    campaign_goal = CampaignGoal(id=800 + goal, type=goal, indicator_type=1 + goal % 3)
    eligible = {
        group: EligibleCampaign(
            campaign=campaign, engagements=[engagement], goal=campaign_goal, control_group_type=group
        )
        for group in ControlGroup
    }
    kinds = frozenset(pages.split())
    return Offer(number, way, skill, goal, kinds, campaign, engagement, campaign_goal, eligible)


def _campaign(number: int) -> Campaign:
    profiles = [Revised(id=40 + number, revision=3), Revised(id=70, revision=number)]
    return Campaign(id=900_000 + number, visitor_profiles=profiles[: 1 + number % 2])


def _engagement(number: int, way: str, skill: str, form: str) -> Engagement:
    channel, interaction = {CHAT: ("1", 1), MESSAGING: ("100", 5), CONTENT: ("1", 2)}[way]
    choice = [SurveySkill(id=number, name=name) for name, number in SKILLS.items()]
    return Engagement(
        id=950_000 + number,
        channel=channel,
        type=form,
        visitor_behaviors=[Revised(id=30 + number, revision=2)],
        skill_id=SKILLS.get(skill, -1),
        skill_name=skill or None,
        survey_skills=choice if skill == "general" else None,
        is_offsite_engagement=False,
        availability_policy="1",
        interaction_type=interaction,
        rendering_type=number % 2,
    )


OFFERS = (
    _offer(1, CHAT, "sales", PURCHASE, "1", "product"),
    _offer(2, CHAT, "sales", STAY, "2", "cart checkout"),
    _offer(3, CHAT, "service", SERVICE, "5", "account help"),
    _offer(4, CHAT, "technical", TALK, "6", "help"),
    _offer(5, MESSAGING, "service", TALK, "3", "contact account"),
    _offer(6, CONTENT, "", LEAD, "0", "home offers"),
    _offer(7, CHAT, "general", TALK, "5", "contact"),
    _offer(8, MESSAGING, "sales", URL, "2", "category"),
)
ON_PAGE = {
    kind: tuple(offer for offer in OFFERS if kind in offer.pages)
    for kind in sorted({kind for offer in OFFERS for kind in offer.pages})
}


def offers_of(way: str, skill: str) -> tuple[Offer, ...]:
    """The offers of a way to talk, for a skill."""
    return tuple(offer for offer in OFFERS if offer.way == way and offer.skill == skill)
