"""Visitors, conversations and surveys of Northwind: events as they stand in a segment."""

from typing import Any

from tests.pipeline.world import H0, NORTHWIND, Event, World

from trunkline.pipeline.catalogue import SessionRules

VICKY, WILL = "visitor-vicky", "visitor-will"
ALL = ("webSession", "engagement", "survey")


def visit_rules(version: str = "1.0.0.35", on: tuple[str, ...] = ALL, **rules: Any) -> SessionRules:
    """Rules of an account with these data types switched on; a visit closes after 30 minutes."""
    lengths = {"inactivity": 30 * 60_000, "maximum": 6 * 3_600_000}
    return SessionRules(versions=dict.fromkeys(on, version), **lengths | rules)


def visits_world(folder: Any, version: str = "1.0.0.35", **rules: Any) -> World:
    return World(folder, rules={NORTHWIND: visit_rules(version, **rules)}, kind="visits")


def event(event_type: str, at: int, **members: Any) -> Event:
    """An event `at` milliseconds after H0; received at once, unless `receivedAt` (a time after H0, too) says otherwise."""
    received = members.pop("receivedAt", at)
    account = members.pop("accountId", NORTHWIND)
    return {
        "type": event_type,
        "eventId": members.pop("eventId", f"{account}.{event_type}.{at}"),
        "timestamp": H0 + at,
        "accountId": account,
        "receivedAt": H0 + received,
        **members,
    }


def of_visitor(what: str, at: int, visitor: str = VICKY, **members: Any) -> Event:
    return event(f"visit.{what}", at, visitorId=visitor, **members)


def in_chat(what: str, at: int, conversation: str = "chat-1", visitor: str = VICKY, **members: Any) -> Event:
    return event(f"conversation.{what}", at, conversationId=conversation, visitorId=visitor, **members)


def in_messaging(what: str, at: int, conversation: str = "talk-1", **members: Any) -> Event:
    return event(
        f"conversation.{what}", at, conversationId=conversation, conversationType="MESSAGING", **members
    )


def of_survey(what: str, at: int, visitor: str | None = VICKY, **members: Any) -> Event:
    who = {} if visitor is None else {"visitorId": visitor}
    return event(f"survey.{what}", at, **who, **{"surveyId": 275, "surveyType": 2} | members)
