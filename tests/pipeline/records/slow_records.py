"""The records of the four data types once more: slow, obvious, one session at a time, in lists and loops.

A record is made as a plain Python value, as the tables of the Data Access API have it, and written by fastavro. It shares
nothing with the product but the schemas. An event is a dict with the members of the wire.
"""

import io
import json
from dataclasses import dataclass
from itertools import pairwise

import fastavro
from tests.pipeline.vocabulary import REFERRERS

from trunkline import schemas

NAMESPACE = "com.liveperson.dataaccess"
SYMBOLS = {
    "agentActivity": "AgentActivity",
    "webSession": "WebSession",
    "engagement": "Engagement",
    "survey": "Survey",
}
ATTRIBUTES = {
    "purchase": "Purchase",
    "lead": "Lead",
    "customerInfo": "CustomerInfo",
    "personalInfo": "PersonalInfo",
    "cartStatus": "CartStatus",
    "viewedProduct": "ViewedProduct",
    "serviceActivity": "ServiceActivity",
    "visitorError": "VisitorError",
    "marketingCampaignInfo": "MarketingCampaignInfo",
}
GOALS = {
    "urlGoal": "UrlGoalMetadata",
    "purchase": "PurchaseMetadata",
    "reduceAbandonment": "ReduceAbandonmentGoalMetadata",
    "lead": "LeadMetadata",
    "serviceActivity": "ServiceActivityMetadata",
    "increaseInteraction": "IncreaseInteractionGoalMetadata",
}


@dataclass
class Session:
    """What a record is made of."""

    data_type: str
    version: str
    account: str
    actor: object
    id: str
    start: int
    end: int | None
    last: int
    events: list
    """Those of the data type, in order."""


def records(sessions):
    """The lines of a data file, as JSON values. All sessions are of one data type and version."""
    text = io.StringIO()
    schema = schemas.load(sessions[0].data_type, sessions[0].version)
    fastavro.json_writer(text, schema, [record(session) for session in sessions])
    return [json.loads(line) for line in text.getvalue().split("\n")]


def record(session):
    """As a plain value; where a union has several records, with the name of the one that is meant."""
    parts = {
        "agentActivity": agent_activity,
        "webSession": web_session,
        "engagement": engagement,
        "survey": survey,
    }[session.data_type](session)
    end = session.end
    if end is None and session.version == "1.0.0.35":
        end = session.last
    return {
        "dataType": SYMBOLS[session.data_type],
        "metaData": {
            "accountId": session.account,
            "schemaVersion": session.version,
            "startTime": session.start,
            "endTime": end,
        },
        "recordCollection": [{"body": (f"{NAMESPACE}.{name}", body)} for name, body in parts],
    }


def ids(session):
    """The conversations that the record names, each once: what the manifest beside the file says of it."""
    named = [event.get("conversationId") for event in session.events]
    return list(dict.fromkeys(name for name in named if name is not None))


# Agent Activity


def agent_activity(session):
    header = {"agentSessionId": session.id}
    yield "AgentActivityData", {"header": header, "agentSessionsData": list(agent_rows(session.events))}


def agent_rows(events):
    state = engagements = slots = None
    for event in events:
        marker = event["type"] in ("agent.login", "agent.logout")
        state_before, engagements_before = state, engagements
        state = first(event.get("state"), state)
        engagements = first(event.get("concurrentEngagements"), engagements)
        slots = first(event.get("slots"), slots)
        yield {
            "agentID": event["agentId"],
            "type": {"agent.login": 3, "agent.logout": 4}.get(event["type"], 1),
            "state": first(event.get("state"), 0) if marker else state,
            "timestamp": event["timestamp"],
            "prevState": first(event.get("previousState"), state_before),
            "agentEmployeeId": event.get("employeeId"),
            "agentUsername": event.get("userName"),
            "agentNickname": event.get("nickname"),
            "agentLoginname": event.get("loginName"),
            "prevConcurrentEng": first(event.get("previousConcurrentEngagements"), engagements_before),
            "concurrentEng": engagements,
            "maxConcurrentEng": -9 if marker else slots,
            "agentGroupID": event.get("groupId"),
            "userProfileIDs": event.get("profileIds"),
        }


# Web Session


def web_session(session):
    header = visitor_header(session)
    started = of_type(session.events, "visit.started")
    pages = of_type(session.events, "visit.page")
    geo = first(*(event.get("geo") for event in started))
    if geo is not None:
        yield "WebSessionGeoData", {"header": header, "geoData": geo}
    if started:
        info = first(*(event.get("info") for event in started), {})
        engine, words = REFERRERS[pages[0].get("referrerUrl") or ""] if pages else (None, None)
        told = {
            **info,
            "sessionStartTime": session.start,
            "searchEngine": first(info.get("searchEngine"), engine),
            "searchEngineKey": first(info.get("searchEngineKey"), words),
        }
        yield "WebSessionInfoData", {"header": header, "sessionInfo": told}
    for name, field, items in (
        ("WebSessionEngAttrsData", "engagementAttributes", attributes(session.events)),
        ("WebSessionNavigationData", "navigationData", pages),
        ("WebSessionGoalAchievedData", "achievedGoals", goals(session.events)),
        ("WebSessionEligibilityData", "eligibilityData", of_type(session.events, "visit.eligible")),
        ("WebSessionImpressionData", "impressions", of_type(session.events, "visit.impression")),
    ):
        if items:
            yield name, {"header": header, field: items}


def attributes(events):
    return [
        {"timestamp": event["timestamp"], "data": branch(event, ATTRIBUTES)}
        for event in of_type(events, "visit.attributes")
    ]


def goals(events):
    return [
        {**event, "id": event.get("achievementId"), "goalMetaData": branch(event, GOALS)}
        for event in of_type(events, "visit.goal")
    ]


def branch(event, names):
    """What the one of these members holds that is there, with the name of its record."""
    for member, name in names.items():
        if event.get(member) is not None:
            return f"{NAMESPACE}.{name}", event[member]
    return None


# Engagement


def engagement(session):
    ids_in_order = dict.fromkeys(event["conversationId"] for event in session.events)
    conversations = [
        [event for event in session.events if event["conversationId"] == name] for name in ids_in_order
    ]
    header = visitor_header(session)
    if header["visitId"] is None:
        requests = [first(*of_type(events, "conversation.requested"), {}) for events in conversations]
        header["visitId"] = first(*(request.get("visitId") for request in requests))
    kind = "MESSAGING" if session.actor.startswith("c/") else "LIVE_CHAT"
    told = [(f"{NAMESPACE}.Conversation", conversation(kind, events)) for events in conversations]
    yield "EngagementData", {"header": header, "engagements": told}


def conversation(kind, events):
    requested = first(*of_type(events, "conversation.requested"), {})
    queued = first(*of_type(events, "conversation.queued"), {})
    connected = of_type(events, "conversation.connected")
    ended = of_type(events, "conversation.ended")
    parts = in_parts(events)
    skills = skills_of(events)
    campaign = {name: requested.get(name) for name in ("campaignId", "campaignEngagementId")}
    return {
        **requested,
        "type": kind,
        "conversationId": events[0]["conversationId"],
        "conversationStartTime": requested.get("timestamp"),
        "interactionStartTime": connected[0]["timestamp"] if connected else None,
        "conversationEndTime": ended[-1]["timestamp"] if ended else None,
        "isInteractive": visitor_wrote(parts[-1]),
        "endReasonId": ended[-1].get("reason") if ended else None,
        "campaignData": campaign if any(value is not None for value in campaign.values()) else None,
        "skills": list(dict.fromkeys(skills)) or None,
        "agentId": connected[-1].get("agentId") if connected else None,
        "skillID": skills[-1] if skills else None,
        "startReasonId": requested.get("startReason"),
        "transcripts": [line(event, events) for event in of_type(events, "conversation.line")],
        "transfers": list(transfers(parts)),
        "secureForms": of_type(events, "conversation.secureForm"),
        "mcs": score(events, None),
        "queueStartTime": first(queued.get("timestamp"), requested.get("timestamp")),
        "queueEndTime": connected[0]["timestamp"] if connected else None,
    }


def in_parts(events):
    """The events up to the first transfer, and those from each transfer on."""
    parts = [[]]
    for event in events:
        if event["type"] == "conversation.transferred":
            parts.append([])
        parts[-1].append(event)
    return parts


def visitor_wrote(part):
    return any(event["lineType"] == 0 for event in of_type(part, "conversation.line"))


def skills_of(events):
    member = {
        "conversation.requested": "skillId",
        "conversation.queued": "skillId",
        "conversation.connected": "skillId",
        "conversation.transferred": "targetSkillId",
    }
    found = [event.get(member[event["type"]]) for event in events if event["type"] in member]
    return [skill for skill in found if skill is not None]


def line(event, events):
    message = event.get("messageId")
    mcs = score(events, message) if message is not None else None
    return {**event, "type": str(event["lineType"]), "mcs": mcs}


def transfers(parts):
    for before, part in pairwise(parts):
        connected = of_type(part, "conversation.connected")
        yield {
            **part[0],
            "isInteractive": visitor_wrote(before),
            "queueStartTime": part[0]["timestamp"],
            "queueEndTime": connected[0]["timestamp"] if connected else None,
        }


def score(events, message):
    """The last one, of this message or (None) of the whole conversation."""
    scores = [e for e in of_type(events, "conversation.scored") if e.get("messageId") == message]
    return {"mcs": scores[-1]["score"], "timestamp": scores[-1]["timestamp"]} if scores else None


# Survey


def survey(session):
    by_survey = {}
    for event in session.events:
        key = (event.get("conversationId"), event["surveyId"], event["surveyType"])
        by_survey.setdefault(key, []).append(event)
    told = [
        {
            "id": number,
            "type": kind,
            "conversationId": about,
            "viewTime": first(*(event["timestamp"] for event in of_type(events, "survey.shown"))),
            "contents": list(answers(events)),
        }
        for (about, number, kind), events in by_survey.items()
    ]
    yield "SurveyData", {"header": visitor_header(session), "surveys": told}


def answers(events):
    for event in of_type(events, "survey.answered"):
        for answer in event["answers"]:
            yield {**answer, "answerSubmitTime": event["timestamp"], "surveyName": event.get("surveyName")}


# All


def visitor_header(session):
    return {
        "visitId": session.id if session.actor.startswith("v/") else None,
        "visitorId": first(*(event.get("visitorId") for event in session.events)),
        "contextId": first(*(event.get("contextId") for event in session.events)),
    }


def of_type(events, name):
    return [event for event in events if event["type"] == name]


def first(*values):
    return next((value for value in values if value is not None), None)
