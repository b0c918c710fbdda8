"""Chats and messaging, beside what the agents themselves report."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from trunkline.clock import HOUR_MS
from trunkline.events.agents import AgentConcurrency, AgentEvent, AgentLogin, AgentLogout, AgentState
from trunkline.events.conversations import (
    ConversationConnected,
    ConversationEnded,
    ConversationEvent,
    ConversationLine,
    ConversationQueued,
    ConversationRequested,
    ConversationScored,
    ConversationTransferred,
    ConversationType,
)
from trunkline.events.envelope import Event
from trunkline.events.parts import LineType
from trunkline.events.surveys import SurveyAnswered, SurveyEvent, SurveyShown, SurveyType
from trunkline.events.visits import Impression, ImpressionType, VisitStarted

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z
MORNING, EVENING = MONDAY + 6 * HOUR_MS, MONDAY + 20 * HOUR_MS
AGENT_DISCONNECTED = 202
REASONS = {101, 106, 201, 202, 205, 208, 210}
WAY = {ConversationQueued, ConversationConnected, ConversationTransferred, ConversationEnded}
Conversation = list[ConversationEvent]


@pytest.fixture(scope="session")
def conversations(events: list[Event]) -> list[Conversation]:
    """Those that were requested between morning and evening."""
    found: dict[str, Conversation] = defaultdict(list)
    for event in events:
        if isinstance(event, ConversationEvent):
            found[event.conversation_id].append(event)
    return [one for one in found.values() if MORNING < one[0].timestamp < EVENING and not goes_on(one)]


def goes_on(conversation: Conversation) -> bool:
    """A messaging conversation that was begun before that day."""
    is_messaging = conversation[0].conversation_type is ConversationType.MESSAGING
    return is_messaging and not any(isinstance(one, ConversationRequested) for one in conversation)


@pytest.fixture(scope="session")
def chats(conversations: list[Conversation]) -> list[Conversation]:
    return [one for one in conversations if one[0].conversation_type is ConversationType.LIVE_CHAT]


@pytest.fixture(scope="session")
def messaging(conversations: list[Conversation]) -> list[Conversation]:
    return [one for one in conversations if one[0].conversation_type is ConversationType.MESSAGING]


def legs(conversation: Conversation) -> Iterator[tuple[ConversationConnected, list[ConversationEvent]]]:
    """Each agent's part, to its end."""
    part: list[ConversationEvent] = []
    connected: ConversationConnected | None = None
    for event in conversation:
        if isinstance(event, ConversationConnected):
            connected, part = event, []
        elif connected is not None:
            part.append(event)
        if connected and isinstance(event, ConversationTransferred | ConversationEnded):
            yield connected, part
            connected = None


def test_a_conversation_is_requested_queued_connected_and_ended_in_this_order(
    chats: list[Conversation],
) -> None:
    orders = {
        tuple(type(event) for event in one if type(event) in WAY)
        for one in chats
        if isinstance(one[0], ConversationRequested)
    }
    to_agent = (ConversationQueued, ConversationConnected)
    again = (ConversationTransferred, *to_agent)
    assert {len(order) for order in orders} <= {2, 3, 6, 9}
    assert orders <= {
        (ConversationQueued, ConversationEnded),
        (*to_agent, ConversationEnded),
        (*to_agent, *again, ConversationEnded),
        (*to_agent, *again, *again, ConversationEnded),
    }
    assert len(orders) >= 3


def test_every_conversation_begins_with_its_request(conversations: list[Conversation]) -> None:
    assert len(conversations) > 300
    assert all(isinstance(one[0], ConversationRequested) for one in conversations)
    assert all(sum(isinstance(event, ConversationRequested) for event in one) == 1 for one in conversations)


def test_people_write_between_connect_and_end_and_only_the_agent_who_is_connected(
    conversations: list[Conversation],
) -> None:
    for one in conversations:
        agent = None
        for event in one:
            if isinstance(event, ConversationConnected):
                agent = event.agent_id
            elif isinstance(event, ConversationTransferred | ConversationEnded):
                agent = None
            elif isinstance(event, ConversationLine) and event.agent_id != "0":
                assert agent == event.agent_id
            elif isinstance(event, ConversationLine) and event.line_type is LineType.VISITOR:
                assert agent is not None or event.conversation_type is ConversationType.MESSAGING


def test_nothing_is_written_after_the_end(conversations: list[Conversation]) -> None:
    for one in conversations:
        ends = [at for at, event in enumerate(one) if isinstance(event, ConversationEnded)]
        assert len(ends) <= 1
        after = one[ends[0] + 1 :] if ends else []
        if one[0].conversation_type is ConversationType.MESSAGING:
            assert not after
        assert all(isinstance(event, ConversationScored) for event in after)


def test_only_messaging_conversations_stay_open(
    chats: list[Conversation], messaging: list[Conversation]
) -> None:
    assert all(any(isinstance(event, ConversationEnded) for event in one) for one in chats)
    still_open = [one for one in messaging if not any(isinstance(event, ConversationEnded) for event in one)]
    assert 0 < len(still_open) < len(messaging)


def test_all_reasons_for_an_end_occur(conversations: list[Conversation]) -> None:
    found = Counter(
        event.reason for one in conversations for event in one if isinstance(event, ConversationEnded)
    )
    assert found.keys() == REASONS


def test_message_ids_tell_lines_apart_and_scores_name_one_of_them(conversations: list[Conversation]) -> None:
    for one in conversations:
        ids = [event.message_id for event in one if isinstance(event, ConversationLine)]
        assert len(set(ids)) == len(ids)
        scored = [event.message_id for event in one if isinstance(event, ConversationScored)]
        assert {number for number in scored if number} <= set(ids)


def test_the_agents_concurrency_moves_with_the_chats(chats: list[Conversation], events: list[Event]) -> None:
    """At the very millisecond, but for a browser that crashed, whose agent reports nothing more."""
    changes = {
        (str(event.agent_id), event.timestamp): event
        for event in events
        if isinstance(event, AgentConcurrency)
    }
    begun, ended = set(), set()
    for one in chats:
        for connected, part in legs(one):
            last = part[-1]
            begun.add((connected.agent_id, connected.timestamp))
            if not (isinstance(last, ConversationEnded) and last.reason == AGENT_DISCONNECTED):
                ended.add((connected.agent_id, last.timestamp))
    assert all(changes[key].state is AgentState.ONLINE and rise(changes[key]) == 1 for key in begun)
    assert all(rise(changes[key]) == -1 for key in ended)
    late_enough = {key for key in changes if MORNING + HOUR_MS < key[1] < EVENING - HOUR_MS}
    assert late_enough - begun - ended == set()


def rise(event: AgentConcurrency) -> int:
    assert event.previous_concurrent_engagements is not None
    return event.concurrent_engagements - event.previous_concurrent_engagements


def test_an_agent_handles_as_many_chats_as_the_agents_own_events_say(
    chats: list[Conversation], events: list[Event]
) -> None:
    moments: list[tuple[int, str, int]] = []
    for one in chats:
        for connected, part in legs(one):
            assert connected.agent_id is not None
            moments += [
                (connected.timestamp, connected.agent_id, 1),
                (part[-1].timestamp, connected.agent_id, -1),
            ]
    slots = {str(event.agent_id): event.slots for event in events if isinstance(event, AgentConcurrency)}
    running: Counter[str] = Counter()
    for _, agent, change in sorted(moments):
        running[agent] += change
        assert 0 <= running[agent] <= (slots[agent] or 0)


def test_who_answers_messages_is_logged_in(messaging: list[Conversation], events: list[Event]) -> None:
    logs: dict[str, list[AgentEvent]] = defaultdict(list)
    for event in events:
        if isinstance(event, AgentLogin | AgentLogout):
            logs[str(event.agent_id)].append(event)
    answers = 0
    for one in messaging:
        for event in one:
            agent = getattr(event, "agent_id", None)
            if agent in (None, "0") or isinstance(event, ConversationTransferred):
                continue
            before = [log for log in logs[agent] if log.timestamp <= event.timestamp]
            if before:  # a night shift may have begun on Sunday
                assert isinstance(before[-1], AgentLogin)
                answers += 1
    assert answers > 300


def test_messaging_goes_on_for_hours_with_pauses(messaging: list[Conversation]) -> None:
    lengths = [one[-1].timestamp - one[0].timestamp for one in messaging]
    pauses = [after.timestamp - before.timestamp for one in messaging for before, after in pairwise(one)]
    assert max(lengths) > 10 * HOUR_MS
    assert max(pauses) > 2 * HOUR_MS


def test_messaging_knows_the_visit_in_which_it_began(
    messaging: list[Conversation], events: list[Event]
) -> None:
    visits = {
        event.session_id: event for event in events if isinstance(event, VisitStarted) and event.session_id
    }
    found = [one[0] for one in messaging if isinstance(one[0], ConversationRequested) and one[0].visit_id]
    assert 0 < len(found) < len(messaging)
    for request in found:
        assert visits[request.visit_id].visitor_id == request.visitor_id
        assert visits[request.visit_id].timestamp < request.timestamp


def test_surveys_belong_to_the_chat_before_them(events: list[Event]) -> None:
    ended = {event.conversation_id: event for event in events if isinstance(event, ConversationEnded)}
    kinds: Counter[SurveyType] = Counter()
    for event in events:
        if isinstance(event, SurveyEvent) and event.survey_type in (SurveyType.EXIT, SurveyType.AGENT):
            if event.visitor_id and event.conversation_id in ended:
                assert ended[event.conversation_id].timestamp < event.timestamp
        elif isinstance(event, SurveyEvent):
            assert event.conversation_id is None
        if isinstance(event, SurveyAnswered):
            kinds[event.survey_type] += 1
    assert kinds.keys() == set(SurveyType)


def test_who_accepts_when_nobody_is_there_is_asked_for_a_message_and_who_talks_was_told_of_somebody(
    events: list[Event],
) -> None:
    accepted: dict[str, str | None] = {}
    offline = 0
    for event in events:
        if isinstance(event, Impression) and event.impression_type is ImpressionType.ACCEPT:
            accepted[event.visitor_id] = event.state
        elif isinstance(event, SurveyShown) and event.survey_type is SurveyType.OFFLINE and event.visitor_id:
            assert accepted.pop(event.visitor_id) == "chatoffline"
            offline += 1
        elif isinstance(event, ConversationRequested) and event.campaign_id and event.visitor_id:
            assert accepted.pop(event.visitor_id, "chatonline") == "chatonline"
    assert offline
