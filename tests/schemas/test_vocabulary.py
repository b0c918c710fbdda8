"""The parts of events and the records made of them: equal names, and values that fit, to the last level."""

from typing import Any

import msgspec
import pytest

from schemas.walking import records_of
from trunkline import schemas
from trunkline.events import parts
from trunkline.schemas.names import branches, kind_of

PARTS = [
    (parts.Geo, "webSession", "GeoData", set()),
    (parts.SessionInfo, "webSession", "SessionInfo", {"sessionStartTime"}),
    (parts.EligibleCampaign, "webSession", "EligibleCampaign", set()),
    (parts.Engagement, "webSession", "Engagement", set()),
    (parts.Campaign, "webSession", "Campaign", set()),
    (parts.CampaignGoal, "webSession", "Goal", set()),
    (parts.Purchase, "webSession", "Purchase", set()),
    (parts.Lead, "webSession", "Lead", set()),
    (parts.CustomerInfo, "webSession", "CustomerInfo", set()),
    (parts.PersonalInfo, "webSession", "PersonalInfo", set()),
    (parts.CartStatus, "webSession", "CartStatus", set()),
    (parts.ViewedProduct, "webSession", "ViewedProduct", set()),
    (parts.ServiceActivity, "webSession", "ServiceActivity", set()),
    (parts.VisitorError, "webSession", "VisitorError", set()),
    (parts.MarketingCampaignInfo, "webSession", "MarketingCampaignInfo", set()),
    (parts.UrlGoal, "webSession", "UrlGoalMetadata", set()),
    (parts.PurchaseGoal, "webSession", "PurchaseMetadata", set()),
    (parts.ReduceAbandonmentGoal, "webSession", "ReduceAbandonmentGoalMetadata", set()),
    (parts.Lead, "webSession", "LeadMetadata", set()),
    (parts.ServiceActivity, "webSession", "ServiceActivityMetadata", set()),
    (parts.IncreaseInteractionGoal, "webSession", "IncreaseInteractionGoalMetadata", set()),
    (parts.FileData, "engagement", "FileData", set()),
    (parts.LinkData, "engagement", "LinkData", set()),
    (parts.SurveyAnswer, "survey", "SurveyContent", {"answerSubmitTime", "surveyName"}),
]
"""Last: what the record has from elsewhere."""


def check(kind: msgspec.inspect.Type, node: Any, elsewhere: frozenset[str] = frozenset()) -> None:
    if isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    if isinstance(kind, msgspec.inspect.UnionType):
        (kind,) = (one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType))
    if isinstance(node, list):
        (node,) = branches(node)
    if isinstance(kind, msgspec.inspect.StructType):
        fields = {field["name"]: field["type"] for field in node["fields"]}
        assert {field.encode_name for field in kind.fields} == fields.keys() - elsewhere
        for field in kind.fields:
            check(field.type, fields[field.encode_name])
    elif isinstance(kind, msgspec.inspect.ListType):
        check(kind.item_type, node["items"])
    else:
        assert kind_of(node) in kinds_for(kind), kind
        if kind_of(node) == "enum":
            assert isinstance(kind, msgspec.inspect.EnumType)
            assert set(node["symbols"]) == {member.value for member in kind.cls}


def kinds_for(kind: msgspec.inspect.Type) -> tuple[str, ...]:
    if isinstance(kind, msgspec.inspect.IntType):
        return ("int",) if kind.le == 2**31 - 1 else ("long",)
    return {
        msgspec.inspect.StrType: ("string",),
        msgspec.inspect.BoolType: ("boolean",),
        msgspec.inspect.FloatType: ("double",),
        msgspec.inspect.EnumType: ("enum", "string"),
    }[type(kind)]


@pytest.mark.parametrize(("part", "data_type", "record", "elsewhere"), PARTS)
def test_a_part_and_its_record_have_equal_members(
    part: type[parts.Part], data_type: str, record: str, elsewhere: set[str]
) -> None:
    every = records_of(schemas.spelled_out(data_type, schemas.latest(data_type)))
    node = next(one for one in every if one["name"].rpartition(".")[2] == record)
    check(msgspec.inspect.type_info(part), node, frozenset(elsewhere))


def test_every_part_is_compared() -> None:
    seen: set[type] = set()
    for part, *_ in PARTS:
        seen |= parts_in(msgspec.inspect.type_info(part))
    assert seen == set(parts.Part.__subclasses__())


def parts_in(kind: Any) -> set[type]:
    if isinstance(kind, msgspec.inspect.StructType):
        return {kind.cls}.union(*(parts_in(field.type) for field in kind.fields))
    inside = (*getattr(kind, "types", ()), getattr(kind, "item_type", None), getattr(kind, "type", None))
    return set().union(*(parts_in(one) for one in inside if one is not None))
