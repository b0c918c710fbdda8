"""What holds in every centre, whatever its seed and its size."""

from collections import Counter, defaultdict
from itertools import pairwise

import msgspec

from simulator.told import Told, legs
from trunkline.clock import HOUR_MS
from trunkline.events import AnyEvent
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
from trunkline.events.parts import LineType
from trunkline.events.surveys import SurveyEvent, SurveyShown, SurveyType
from trunkline.events.visits import Eligible, Impression, ImpressionType, PageViewed, VisitStarted

AGENT_DISCONNECTED = 202
DECODE = msgspec.json.Decoder(AnyEvent).decode
TO_AGENT = (ConversationQueued, ConversationConnected)
AGAIN = (ConversationTransferred, *TO_AGENT)
WAYS = {
    (ConversationQueued, ConversationEnded),
    (*TO_AGENT, ConversationEnded),
    (*TO_AGENT, *AGAIN, ConversationEnded),
    (*TO_AGENT, *AGAIN, *AGAIN, ConversationEnded),
}


def every_event_is_one_of_the_vocabulary(told: Told) -> None:
    assert all(DECODE(msgspec.json.encode(event)) == event for event in told.events)


def events_arrive_in_order_of_arrival_and_never_before_they_happened(told: Told) -> None:
    assert all(before[0] <= after[0] for before, after in pairwise(told.arrivals))
    assert all(received >= event.timestamp for received, event in told.arrivals)


def an_event_id_stands_for_one_event(told: Told) -> None:
    known: dict[str, object] = {}
    for _, event in told.arrivals:
        assert known.setdefault(event.event_id, event) is event


def session_ids_and_conversation_ids_are_given_once(told: Told) -> None:
    ids = [event.session_id for event in told.events if isinstance(event, VisitStarted | AgentLogin)]
    ids += [event.conversation_id for event in told.events if isinstance(event, ConversationRequested)]
    assert max(Counter(one for one in ids if one).values(), default=1) == 1


def no_two_events_of_a_visitor_share_a_millisecond(told: Told) -> None:
    for events in told.by_visitor.values():
        assert all(before.timestamp < after.timestamp for before, after in pairwise(events))


def every_visit_begins_with_its_start(told: Told) -> None:
    assert all(isinstance(visit[0], VisitStarted) for visit in told.visits)


def a_visit_shows_pages_and_each_comes_from_the_one_before(told: Told) -> None:
    for visit in told.visits:
        pages = [event for event in visit if isinstance(event, PageViewed)]
        assert pages
        assert all(after.referrer_url == before.url for before, after in pairwise(pages))


def a_chat_lies_in_its_visit(told: Told) -> None:
    where: dict[str, int] = {}
    for number, visit in enumerate(told.visits):
        for event in visit:
            if isinstance(event, ConversationEvent):
                assert where.setdefault(event.conversation_id, number) == number


def who_sees_an_engagement_was_eligible_and_who_accepts_saw_it(told: Told) -> None:
    for visit in told.visits:
        met: set[int | None] = set()
        shown: set[str | None] = set()
        for event in visit:
            if isinstance(event, Eligible):
                met |= {one.campaign.id for one in event.eligible_campaigns if one.campaign}
            if isinstance(event, Impression):
                assert event.campaign is not None and event.campaign.id in met
                is_first = event.impression_type is ImpressionType.SHOW
                assert (event.engagement_instance_id not in shown) == is_first
                shown.add(event.engagement_instance_id)


def a_chat_follows_an_engagement_that_was_accepted(told: Told) -> None:
    for visit in told.visits:
        accepted: set[int | None] = set()
        for event in visit:
            if isinstance(event, Impression) and event.impression_type is ImpressionType.ACCEPT:
                assert event.engagement is not None
                accepted.add(event.engagement.id)
            if isinstance(event, ConversationRequested) and event.start_reason == 0:
                assert event.campaign_engagement_id in accepted


def who_accepts_when_nobody_is_there_is_asked_for_a_message_and_who_talks_was_told_of_somebody(
    told: Told,
) -> None:
    for visit in told.visits:
        state: str | None = None
        for event in visit:
            if isinstance(event, Impression) and event.impression_type is ImpressionType.ACCEPT:
                state = event.state
            elif isinstance(event, SurveyShown) and event.survey_type is SurveyType.OFFLINE:
                assert state == "chatoffline"
            elif isinstance(event, ConversationRequested) and event.campaign_id:
                assert state == "chatonline"


def every_conversation_begins_with_its_request(told: Told) -> None:
    for one in told.conversations:
        assert [isinstance(event, ConversationRequested) for event in one] == [True] + [False] * (
            len(one) - 1
        )


def a_chat_is_queued_connected_handed_on_and_ended_in_this_order(told: Told) -> None:
    of_the_way = {kind for way in WAYS for kind in way}
    for one in told.chats:
        assert tuple(type(event) for event in one if type(event) in of_the_way) in WAYS


def only_the_agent_who_is_connected_writes_and_in_a_chat_nobody_writes_without_one(told: Told) -> None:
    for one in told.conversations:
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


def only_scores_follow_the_end_and_only_in_a_chat(told: Told) -> None:
    for one in told.conversations:
        ends = [at for at, event in enumerate(one) if isinstance(event, ConversationEnded)]
        assert len(ends) <= 1
        after = one[ends[0] + 1 :] if ends else []
        assert not after or one in told.chats
        assert all(isinstance(event, ConversationScored) for event in after)


def message_ids_tell_lines_apart_and_scores_name_one_of_them(told: Told) -> None:
    for one in told.conversations:
        ids = [event.message_id for event in one if isinstance(event, ConversationLine)]
        assert len(set(ids)) == len(ids)
        scored = [event.message_id for event in one if isinstance(event, ConversationScored)]
        assert {number for number in scored if number} <= set(ids)


def surveys_after_a_chat_follow_its_end_and_others_name_none(told: Told) -> None:
    ended = {one[0].conversation_id: end.timestamp for one in told.chats for _, end in legs(one)}
    for event in told.events:
        if isinstance(event, SurveyEvent) and event.survey_type in (SurveyType.EXIT, SurveyType.AGENT):
            assert event.conversation_id is not None
            assert event.timestamp > ended.get(event.conversation_id, 0)
        elif isinstance(event, SurveyEvent):
            assert event.conversation_id is None


def the_agents_concurrency_moves_with_the_chats(told: Told) -> None:
    """At the very millisecond, but for a browser that crashed, whose agent reports nothing more."""
    rises, falls = set(), set()
    for event in told.events:
        if isinstance(event, AgentConcurrency):
            assert event.previous_concurrent_engagements is not None
            change = event.concurrent_engagements - event.previous_concurrent_engagements
            assert change == -1 or (change == 1 and event.state is AgentState.ONLINE)
            (rises if change == 1 else falls).add((str(event.agent_id), event.timestamp))
    begun, ended = set(), set()
    for one in told.chats:
        for connected, end in legs(one):
            begun.add((connected.agent_id, connected.timestamp))
            if not (isinstance(end, ConversationEnded) and end.reason == AGENT_DISCONNECTED):
                ended.add((connected.agent_id, end.timestamp))
    assert begun <= rises and ended <= falls
    first, last = told.start + 8 * HOUR_MS, told.end - 6 * HOUR_MS  # chats of these hours are known whole
    assert {key for key in rises if first < key[1] < last} <= begun
    assert {key for key in falls if first < key[1] < last} <= ended


def nobody_handles_more_chats_than_the_slots(told: Told) -> None:
    moments: list[tuple[int, str | None, int]] = []
    for one in told.chats:
        for connected, end in legs(one):
            moments += [(connected.timestamp, connected.agent_id, 1), (end.timestamp, connected.agent_id, -1)]
    slots = {str(event.agent_id): event.slots for event in told.events if isinstance(event, AgentConcurrency)}
    running: Counter[str | None] = Counter()
    for _, agent, change in sorted(moments):
        running[agent] += change
        assert agent is not None and 0 <= running[agent] <= (slots[agent] or 0)


def who_answers_messages_is_logged_in(told: Told) -> None:
    logs: dict[str, list[AgentEvent]] = defaultdict(list)
    for event in told.events:
        if isinstance(event, AgentLogin | AgentLogout):
            logs[str(event.agent_id)].append(event)
    for one in told.messaging:
        for said in one:
            if isinstance(said, ConversationConnected | ConversationLine) and said.agent_id not in (
                None,
                "0",
            ):
                before = [log for log in logs[str(said.agent_id)] if log.timestamp <= said.timestamp]
                # A night shift may have begun before the period.
                assert not before or isinstance(before[-1], AgentLogin)


INVARIANTS = (
    every_event_is_one_of_the_vocabulary,
    events_arrive_in_order_of_arrival_and_never_before_they_happened,
    an_event_id_stands_for_one_event,
    session_ids_and_conversation_ids_are_given_once,
    no_two_events_of_a_visitor_share_a_millisecond,
    every_visit_begins_with_its_start,
    a_visit_shows_pages_and_each_comes_from_the_one_before,
    a_chat_lies_in_its_visit,
    who_sees_an_engagement_was_eligible_and_who_accepts_saw_it,
    a_chat_follows_an_engagement_that_was_accepted,
    who_accepts_when_nobody_is_there_is_asked_for_a_message_and_who_talks_was_told_of_somebody,
    every_conversation_begins_with_its_request,
    a_chat_is_queued_connected_handed_on_and_ended_in_this_order,
    only_the_agent_who_is_connected_writes_and_in_a_chat_nobody_writes_without_one,
    only_scores_follow_the_end_and_only_in_a_chat,
    message_ids_tell_lines_apart_and_scores_name_one_of_them,
    surveys_after_a_chat_follow_its_end_and_others_name_none,
    the_agents_concurrency_moves_with_the_chats,
    nobody_handles_more_chats_than_the_slots,
    who_answers_messages_is_logged_in,
)
