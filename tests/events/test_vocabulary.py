import json

import msgspec
import pytest
from jsonschema_rs import validator_for

from trunkline.events import EVENT_TYPES, AnyEvent, json_schema, types_of

LOGIN = {"eventId": "e-1", "type": "agent.login", "timestamp": 1465992202047, "agentId": 9}
VALID = [
    LOGIN,
    {**LOGIN, "sessionId": "75555851-684867733", "profileIds": [1, 2], "groupId": -1, "employeeId": ""},
    {**LOGIN, "type": "agent.logout", "state": 0, "previousState": 1},
    {**LOGIN, "type": "agent.status", "state": 2},
    {**LOGIN, "type": "agent.concurrency", "concurrentEngagements": 3, "slots": 4},
    {**LOGIN, "type": "agent.heartbeat", "accountId": "75555851"},
    {**LOGIN, "nickname": None, "agentId": 2**63 - 1},
]
INVALID = [
    {},
    {**LOGIN, "type": "agent.dance"},
    {**LOGIN, "timestamp": "1465992202047"},
    {**LOGIN, "eventId": ""},
    {**LOGIN, "eventId": "x" * 129},
    {**LOGIN, "agentId": 1.5},
    {**LOGIN, "agentId": 2**63},
    {**LOGIN, "agentNickname": "unknown member"},
    {**LOGIN, "type": "agent.status"},
    {**LOGIN, "type": "agent.status", "state": 7},
    {**LOGIN, "type": "agent.concurrency", "concurrentEngagements": -1},
    {**LOGIN, "type": "agent.logout", "sessionId": "only a log-in has one"},
    {**LOGIN, "sessionId": "no spaces"},
]
decoder = msgspec.json.Decoder(AnyEvent)
schema = validator_for(json_schema())


@pytest.mark.parametrize("event", VALID)
def test_what_the_schema_allows_is_decoded(event: dict[str, object]) -> None:
    assert schema.is_valid(event)
    assert decoder.decode(json.dumps(event)).event_id == "e-1"


@pytest.mark.parametrize("event", INVALID)
def test_what_the_schema_forbids_is_refused(event: dict[str, object]) -> None:
    assert not schema.is_valid(event)
    with pytest.raises(msgspec.ValidationError):
        decoder.decode(json.dumps(event))


def test_a_producer_may_not_say_when_something_was_received() -> None:
    assert not schema.is_valid({**LOGIN, "receivedAt": 1})


def test_every_member_of_an_event_and_every_part_is_described() -> None:
    events = {cls.__name__ for cls in EVENT_TYPES.values()}
    for name, definition in json_schema()["$defs"].items():
        if definition.get("type") == "object" and name not in events:
            assert definition.get("description"), name
        elif definition.get("type") == "object":
            for member, described in definition["properties"].items():
                text = json.dumps(described)
                assert member == "type" or "description" in text or "$ref" in text, (name, member)


def test_every_type_belongs_to_a_kind() -> None:
    assert types_of("agentActivity") + types_of("visits") == list(EVENT_TYPES)
    assert types_of("unknown") == []
