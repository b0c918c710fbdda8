"""Visitors, conversations and surveys of Northwind: events as they stand in a segment."""

import gzip
import json
from typing import Any

from tests.pipeline.wire import read_lines
from tests.pipeline.world import H0, NORTHWIND, Event, World

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import SessionRules
from trunkline.segments.layout import LETTERS

VICKY, WILL = "visitor-vicky", "visitor-will"
ALL = ("webSession", "engagement", "survey")


def visit_rules(version: str = "1.0.0.35", on: tuple[str, ...] = ALL, **rules: Any) -> SessionRules:
    """Rules of an account with these data types switched on; a visit closes after 30 minutes."""
    usual = {"inactivity": 30 * 60_000, "maximum": 6 * 3_600_000, "versions": dict.fromkeys(on, version)}
    return SessionRules(**usual | rules)


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


def visit(at: int = 0, visitor: str = VICKY) -> list[Event]:
    """Ten minutes: a page, a chat of one line, an exit survey."""
    chat = f"chat-of-{visitor}"
    return [
        of_visitor("started", at, visitor),
        page(at + MINUTE_MS, visitor, url="shoes"),
        in_chat("requested", at + 2 * MINUTE_MS, chat, visitor),
        line(at + 3 * MINUTE_MS, "hello", chat, visitor),
        in_chat("ended", at + 4 * MINUTE_MS, chat, visitor),
        answer(at + 5 * MINUTE_MS, visitor),
        of_visitor("ended", at + 10 * MINUTE_MS, visitor),
    ]


def page(at: int, visitor: str = VICKY, url: str = "page", **members: Any) -> Event:
    return of_visitor("page", at, visitor, url=url, **members)


def line(at: int, text: str, conversation: str = "chat-1", visitor: str = VICKY, **members: Any) -> Event:
    return in_chat("line", at, conversation, visitor, lineType=0, text=text, **members)


def answer(at: int, visitor: str | None = VICKY, **members: Any) -> Event:
    return of_survey("answered", at, visitor, answers=[{"answer": "yes"}], **members)


VISIT = {
    "webSession 0": [(0, 600_000, ["shoes"])],
    "engagement 0": [(0, 600_000, [(f"chat-of-{VICKY}", "hello")])],
    "survey 0": [(0, 600_000, [(275, 1)])],
}
"""The files of `visit()`, as `files` tells them."""


def files(world: World, account: str = NORTHWIND) -> dict[str, list[Any]]:
    """By data type and hour: start and end of each record (ms after H0) and what stands in it, in a few words."""
    found = {}
    for file in world.listed():
        if file.account_id == account:
            text = world.texts()[account, file.name]
            records = read_lines(text, file.data_type, file.schema_version)
            found[f"{file.data_type} {(file.scope_start - H0) // HOUR_MS}"] = [_told(one) for one in records]
    return found


def named(world: World) -> dict[str, list[str]]:
    """By data type and hour: the ids in the manifest beside the file."""
    found = {}
    for file in world.listed():
        if file.ids_key:
            ids = gzip.decompress(world.store.read(file.ids_key)).splitlines()
            found[f"{file.data_type} {(file.scope_start - H0) // HOUR_MS}"] = [json.loads(one) for one in ids]
    return found


def _told(record: dict[str, Any]) -> tuple[int, int | None, list[Any]]:
    plain = _unwrapped(record)
    meta = plain["metaData"]
    end = None if meta["endTime"] is None else meta["endTime"] - H0
    words = [word for part in plain["recordCollection"] for word in _in_words(part["body"])]
    return meta["startTime"] - H0, end, words


def _in_words(part: dict[str, Any]) -> list[Any]:
    if "navigationData" in part:
        return [page["url"] for page in part["navigationData"]]
    if "engagements" in part:
        return [
            (one["conversationId"], *(message["text"] for message in one["transcripts"]))
            for one in part["engagements"]
        ]
    if "surveys" in part:
        return [(one["id"], len(one["contents"])) for one in part["surveys"]]
    return []


def _unwrapped(value: Any) -> Any:
    """Without the names of branches."""
    if isinstance(value, list):
        return [_unwrapped(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (name := next(iter(value))) and ("." in name or name in _WRAPPERS):
        return _unwrapped(value[name])
    return {name: _unwrapped(item) for name, item in value.items()}


_WRAPPERS = {"string", "long", "int", "double", "boolean", "array"}


def letters(world: World) -> list[str]:
    texts = [world.store.read(key) for key in world.store.list(LETTERS) if key.endswith(".ndjson")]
    return [json.loads(one)["reason"] for text in texts for one in text.splitlines()]
