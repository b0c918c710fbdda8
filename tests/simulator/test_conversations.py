"""Chats, messaging and surveys of one day."""

from collections import Counter
from itertools import pairwise

from simulator.told import Told, legs
from trunkline.clock import HOUR_MS
from trunkline.events.agents import AgentConcurrency
from trunkline.events.conversations import ConversationEnded, ConversationRequested
from trunkline.events.surveys import SurveyAnswered, SurveyType
from trunkline.events.visits import VisitStarted

REASONS = {101, 106, 201, 202, 205, 208, 210}


def test_all_reasons_for_an_end_and_all_surveys_occur(told: Told) -> None:
    assert {event.reason for event in told.events if isinstance(event, ConversationEnded)} == REASONS
    answered = {event.survey_type for event in told.events if isinstance(event, SurveyAnswered)}
    assert answered == set(SurveyType)


def test_some_chats_are_handed_on_to_a_second_and_a_third_agent_and_some_are_never_connected(
    told: Told,
) -> None:
    agents = Counter(len(list(legs(one))) for one in told.chats)
    assert agents.keys() == {0, 1, 2, 3}
    assert agents[1] > agents[2] > agents[3] > 0


def test_agents_chat_with_several_visitors_at_once(told: Told) -> None:
    running = {event.concurrent_engagements for event in told.events if isinstance(event, AgentConcurrency)}
    assert {0, 1, 2} <= running


def test_only_messaging_conversations_stay_open(told: Told) -> None:
    assert all(any(isinstance(event, ConversationEnded) for event in one) for one in told.chats)
    ended = [any(isinstance(event, ConversationEnded) for event in one) for one in told.messaging]
    assert any(ended) and not all(ended)


def test_messaging_goes_on_for_hours_with_pauses(told: Told) -> None:
    lengths = [one[-1].timestamp - one[0].timestamp for one in told.messaging]
    pauses = [after.timestamp - before.timestamp for one in told.messaging for before, after in pairwise(one)]
    assert max(lengths) > 10 * HOUR_MS
    assert max(pauses) > 2 * HOUR_MS


def test_messaging_knows_the_visit_in_which_it_began(told: Told) -> None:
    visits = {
        event.session_id: event
        for event in told.events
        if isinstance(event, VisitStarted) and event.session_id
    }
    requests = [one[0] for one in told.messaging if isinstance(one[0], ConversationRequested)]
    begun = [request for request in requests if request.visit_id]
    assert 0 < len(begun) < len(requests)
    for request in begun:
        visit = visits[request.visit_id]
        assert visit.visitor_id == request.visitor_id and visit.timestamp < request.timestamp
