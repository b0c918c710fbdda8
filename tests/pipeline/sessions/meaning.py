"""What an event means to the session rules, for agents and for visitors: slow and obvious, as the oracle wants it."""

import json

START, END, HEARTBEAT = "start", "end", "heartbeat"
DATA_TYPES = {"agentActivity": ["agentActivity"], "visits": ["webSession", "engagement", "survey"]}
"""Those that are made of the sessions of a kind."""


def actor(event):
    """Whose session an event is part of: an agent, a visitor (`v/…`) or a messaging conversation (`c/…`)."""
    if event["type"].startswith("agent."):
        return event["agentId"]
    if event.get("conversationType") == "MESSAGING" or event.get("visitorId") is None:
        return f"c/{event['conversationId']}"
    return f"v/{event['visitorId']}"


def lasts(actor):
    """Whether its sessions close by the lengths of messaging."""
    return str(actor).startswith("c/")


def role(event):
    """Whether it opens a session, closes one, or only keeps one open; None for all others."""
    if event["type"] == "agent.login" or event["type"] == "visit.started":
        return START
    if event["type"] == "agent.logout" or event["type"] == "visit.ended":
        return END
    if event["type"] == "agent.heartbeat":
        return HEARTBEAT
    if event["type"] == "conversation.requested" and lasts(actor(event)):
        return START
    if event["type"] == "conversation.ended" and lasts(actor(event)):
        return END
    return None


def data_type(event):
    """In the records of which data type it stands; None where it stands in none."""
    if event["type"] in ("agent.heartbeat", "visit.ended"):
        return None
    family = event["type"].split(".")[0]
    return {
        "agent": "agentActivity",
        "visit": "webSession",
        "conversation": "engagement",
        "survey": "survey",
    }[family]


AGENT_MEMBERS = [
    "accountId",
    "agentId",
    "timestamp",
    "eventId",
    "type",
    "sessionId",
    "employeeId",
    "userName",
    "nickname",
    "loginName",
    "groupId",
    "profileIds",
    "state",
    "previousState",
    "concurrentEngagements",
    "previousConcurrentEngagements",
    "slots",
]


def content(event):
    """All but the time of receipt, as text: it also says which of two copies came first in one millisecond."""
    if event["type"].startswith("agent."):
        told = {name: event.get(name) for name in AGENT_MEMBERS}
    else:
        told = {name: value for name, value in event.items() if name != "receivedAt"}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)
