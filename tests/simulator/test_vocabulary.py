"""Whatever an event may say is said by somebody on an ordinary day."""

from collections.abc import Iterator
from enum import Enum
from functools import cache
from inspect import get_annotations
from typing import Any

import msgspec
import pytest
from msgspec.inspect import ListType, Metadata, StructType, Type, UnionType, type_info

from simulator.told import Told
from trunkline.clock import HOUR_MS
from trunkline.events import AnyEvent
from trunkline.events.agents import AgentHeartbeat
from trunkline.events.conversations import ConversationType
from trunkline.events.envelope import SERVER_MEMBERS, Event
from trunkline.events.parts import ControlGroup, Device, LineType, OperatingSystem
from trunkline.events.registry import EVENT_TYPES
from trunkline.events.surveys import SurveyType
from trunkline.events.visits import ImpressionType
from trunkline.simulator.demonstration import centre_of

Member = tuple[str, str]
ENUMS: tuple[type[Enum], ...] = (
    ControlGroup,
    ConversationType,
    Device,
    ImpressionType,
    LineType,
    OperatingSystem,
    SurveyType,
)
MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z


@pytest.fixture(scope="module")
def everything(told: Told) -> list[Event]:
    """A day of Northwind, and an hour of a centre whose consoles send heartbeats."""
    beating = centre_of("75555851", agents=10, visits=0, heartbeat_minutes=5)
    beats = [event for _, event in beating.arrivals(MONDAY + 9 * HOUR_MS, MONDAY + 10 * HOUR_MS)]
    return [*told.events, *(event for event in beats if isinstance(event, AgentHeartbeat))]


@cache
def owner(cls: type[Any], name: str) -> str:
    """The class that declares a member: what all agents' events share need not be in each of their types."""
    return next(one.__name__ for one in cls.__mro__ if name in get_annotations(one))


def declared(found: Type, seen: set[type[Any]]) -> Iterator[Member]:
    if isinstance(found, Metadata):
        yield from declared(found.type, seen)
    elif isinstance(found, UnionType):
        for one in found.types:
            yield from declared(one, seen)
    elif isinstance(found, ListType):
        yield from declared(found.item_type, seen)
    elif isinstance(found, StructType) and found.cls not in seen:
        seen.add(found.cls)
        for field in found.fields:
            if field.encode_name not in SERVER_MEMBERS:
                yield owner(found.cls, field.name), field.name
            yield from declared(field.type, seen)


def said(value: object) -> Iterator[Member]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            member = getattr(value, name)
            if member is not None:
                yield owner(type(value), name), name
                yield from said(member)
    elif isinstance(value, list):
        for one in value:
            yield from said(one)


def values(value: object) -> Iterator[Enum]:
    if isinstance(value, Enum):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from values(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            yield from values(one)


def test_every_event_type_occurs(everything: list[Event]) -> None:
    assert {type(event) for event in everything} == set(EVENT_TYPES.values())


def test_every_member_of_the_vocabulary_is_given_a_value(everything: list[Event]) -> None:
    wanted = set(declared(type_info(AnyEvent), set()))
    found = {member for event in everything for member in said(event)}
    assert len(wanted) > 150
    assert wanted - found == set()


def test_every_value_of_a_closed_list_occurs(everything: list[Event]) -> None:
    found = {value for event in everything for value in values(event)}
    for enum in ENUMS:
        assert set(enum) <= found


def test_some_members_are_left_out(everything: list[Event]) -> None:
    sent = [msgspec.to_builtins(event) for event in everything if not isinstance(event, AgentHeartbeat)]
    for kind, member in (
        ("visit.started", "sessionId"),
        ("visit.started", "geo"),
        ("visit.page", "contextId"),
    ):
        given = [member in event for event in sent if event["type"] == kind]
        assert any(given) and not all(given)
