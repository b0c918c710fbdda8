"""Skills: what agents can be asked for."""

from collections import Counter

from pydantic import Field

from trunkline.platform.actors import Permission
from trunkline.platform.configuration.fields import Count, Element, Id, Ids, Line, Name, Text, check_once
from trunkline.platform.configuration.object_types import Draft, ObjectType, Others
from trunkline.platform.refusals import Invalid


class RoutingShare(Element):
    """How much of a skill's work an agent group gets."""

    agentGroupId: Id
    priority: Count = 0
    splitPercentage: int = Field(0, ge=0, le=100)


class Skill(Element):
    name: Name
    description: Text = ""
    skillOrder: Count = 0
    maxWaitTime: Count = Field(120, description="seconds")
    defaultPostChatSurveyId: Id | None = None
    defaultOfflineSurveyId: Id | None = None
    defaultAgentSurveyId: Id | None = None
    skillRoutingConfiguration: list[RoutingShare] = Field([], max_length=200)
    wrapUpTime: Count | None = Field(None, description="seconds")
    slaDefaultResponseTime: Count | None = Field(None, description="seconds")
    slaUrgentResponseTime: Count | None = Field(None, description="seconds")
    slaFirstTimeResponseTime: Count | None = Field(None, description="seconds")
    lobIds: Ids = []
    canTransfer: bool = True
    skillTransferList: Ids = []
    workingHoursId: Id | None = None
    specialOccasionId: Id | None = None
    postConversationSurveyAppInstallAssociationId: Line | None = None
    autoCloseInSeconds: Count | None = None
    transferToAgentMaxWaitInSeconds: Count | None = None
    fallbackSkill: Id | None = None
    fallbackWhenAllAgentsAreAway: bool = True
    agentSurveyForMsgTimeoutInMinutes: Count | None = None
    agentSurveyForMsgId: Id | None = None


def check_shares(draft: Draft, _others: Others) -> None:
    """A group has one share, and those of a priority are parts of one whole."""
    shares = (draft.after or {}).get("skillRoutingConfiguration", ())
    check_once([share["agentGroupId"] for share in shares], "skillRoutingConfiguration.agentGroupId")
    sums: Counter[int] = Counter()
    for share in shares:
        sums[share["priority"]] += share["splitPercentage"]
    for priority, percent in sorted(sums.items()):
        if percent > 100:
            raise Invalid(
                f"The shares of priority {priority} are {percent} % together; they can be 100 % at most.",
                field="skillRoutingConfiguration.splitPercentage",
            )


SKILL = ObjectType(
    name="skill",
    label="skill",
    path="skills",
    component="ACSkillObject",
    schema=Skill,
    read=Permission.READ_SKILLS,
    write=Permission.SKILLS,
    summary=("name",),
    references={
        "lobIds": "lob",
        "skillTransferList": "skill",
        "fallbackSkill": "skill",
        "skillRoutingConfiguration.agentGroupId": "agentGroup",
    },
    rules=(check_shares,),
)
