"""A chat, from the invitation that the visitor accepts to the surveys after it."""

from itertools import zip_longest
from typing import Any

from trunkline.events.conversations import (
    ConversationConnected,
    ConversationEnded,
    ConversationQueued,
    ConversationRequested,
    ConversationTransferred,
)
from trunkline.events.surveys import SurveyType
from trunkline.simulator import goals, invitations, questions
from trunkline.simulator.browsing import glance
from trunkline.simulator.chance import pick
from trunkline.simulator.duty_plan import Leg
from trunkline.simulator.offers import CHAT, Offer, offers_of
from trunkline.simulator.people import SKILLS, Agent
from trunkline.simulator.talk import Talk
from trunkline.simulator.team import Contact
from trunkline.simulator.visit import Visit

INVITED_MS = 75_000
"""So long before the request the visitor is shown the invitation that leads to it."""
BY_REQUEST, BY_TRANSFER, TRANSFER_FAILED = 0, 2, 3
TO_AGENT, TO_SKILL, AGENT_STOPPED, AGENT_DISCONNECTED = 101, 106, 201, 202
VISITOR_DISCONNECTED, VISITOR_GONE, VISITOR_CLOSED = 205, 208, 210
ENDINGS = (
    *(VISITOR_CLOSED,) * 9,
    *(AGENT_STOPPED,) * 7,
    *(VISITOR_GONE,) * 2,
    *(VISITOR_DISCONNECTED,) * 2,
)
TURN_MS = 17_000
"""How long an ordinary turn takes, on the mean."""


def hold(visit: Visit, contact: Contact) -> None:
    """All of a chat that agents take, for a visit that has come to `INVITED_MS` before the request."""
    draw, first = visit.draw, contact.legs[0]
    silent = draw.random() < 0.03
    talk = _request(visit, _invited(visit, first.agent.group.skill), contact.requested)
    for leg, following in zip_longest(contact.legs, contact.legs[1:]):
        _connect(talk, leg)
        _exchange(visit, talk, leg, silent, last=following is None)
        if following:
            talk = _hand_on(visit, talk, leg, following.agent)
    last = contact.legs[-1]
    reason = VISITOR_GONE if silent else pick(draw, ENDINGS)
    talk.add(ConversationEnded, last.ended, reason=AGENT_DISCONNECTED if last.cut else reason)
    _look_back(visit, talk, agent_is_there=not last.cut)


def give_up(visit: Visit, skill: str) -> None:
    """The visitor wants to chat, and gets tired of waiting; where nobody is there, leaves a message."""
    draw = visit.draw
    (offer, *_) = offers_of(CHAT, skill)
    if not visit.site.desk.staffed(skill, visit.now):
        invitations.accept(visit, offer, invitations.OFFLINE)
        _leave_message(visit)
        return
    invitations.accept(visit, offer)
    visit.wait(500, 3_000)
    talk = _request(visit, offer, visit.now)
    visit.wait(15_000, 120_000)
    talk.add(ConversationEnded, visit.now, reason=pick(draw, (VISITOR_CLOSED, VISITOR_DISCONNECTED)))
    visit.now = visit.track.last


def _invited(visit: Visit, skill: str) -> Offer:
    """At the end the pre-chat survey, if there is one, has been answered."""
    draw = visit.draw
    offer = pick(draw, offers_of(CHAT, skill))
    invitations.accept(visit, offer)
    if draw.random() < 0.4:
        visit.wait(200, 1_000)
        questions.show(visit.track, SurveyType.PRE_CHAT, visit.now)
        visit.wait(4_000, 40_000)
        questions.answer(visit.track, SurveyType.PRE_CHAT, visit.now, draw)
    return offer


def _request(visit: Visit, offer: Offer, instant: int) -> Talk:
    skill = SKILLS[offer.skill]
    talk = _new_talk(visit)
    talk.add(
        ConversationRequested,
        instant,
        **origin(visit, offer),
        source_device=visit.visitor.browser.device,
        skill_id=skill,
    )
    talk.add(ConversationQueued, visit.track.last + 40, skill_id=skill)
    talk.control(visit.track.last + 300, talk.phrases.waiting, "1")
    visit.now = visit.track.last
    goals.talk(visit, offer)
    return talk


def _new_talk(visit: Visit) -> Talk:
    conversation_id = f"{visit.site.account}{visit.draw.getrandbits(72):018x}"
    return Talk(visit.track, visit.draw, visit.visitor, visit.page, conversation_id)


def origin(visit: Visit, offer: Offer) -> dict[str, Any]:
    """What a request tells of the visit that led to it."""
    return {
        "source_origin": "Web",
        "start_reason": BY_REQUEST,
        "campaign_id": offer.campaign.id,
        "campaign_engagement_id": offer.engagement.id,
        "start_page": visit.page.title,
        "start_url": visit.page.url,
    }


def _connect(talk: Talk, leg: Leg) -> None:
    agent = leg.agent
    talk.add(ConversationConnected, leg.begun, agent_id=str(agent.id), skill_id=SKILLS[agent.group.skill])
    talk.welcome(leg.begun + 60, agent)


def _exchange(visit: Visit, talk: Talk, leg: Leg, silent: bool, *, last: bool) -> None:
    """The two write in turns; everything is written before the leg ends."""
    chance, phrases, agent = visit.draw.random, talk.phrases, leg.agent
    end = leg.ended - 14_000
    at = leg.begun + 2_000 + int(chance() * 6_000)
    if at < end:
        talk.agent(at, agent, phrases.greetings)
    sentences, asked = phrases.openers, False
    while (at := at + _pause(chance())) < end:
        luck = chance()
        if luck < 0.02 and not silent:
            glance(visit, at)
        elif luck < 0.024 and at + 60_000 < end:
            talk.secure_form(at, agent)
            at = talk.track.last
        elif asked or silent:
            talk.agent(at, agent, phrases.answers)
            asked = luck < 0.25
        else:
            talk.visitor(at, sentences)
            sentences, asked = phrases.questions, luck > 0.25
    if last and not silent and leg.begun + 60_000 < end:
        talk.visitor(leg.ended - 11_000, phrases.thanks)
        talk.agent(leg.ended - 5_000, agent, phrases.closings)


def _pause(luck: float) -> int:
    """Until the next line; one in a hundred is long."""
    return 60_000 + int(luck * 18_000_000) if luck < 0.01 else 2_500 + int(luck * 2 * (TURN_MS - 2_500))


def _hand_on(visit: Visit, talk: Talk, leg: Leg, target: Agent) -> Talk:
    """Mostly the chat waits for the next agent; some programs end it and begin another."""
    here, there = SKILLS[leg.agent.group.skill], SKILLS[target.group.skill]
    luck = visit.draw.random()
    if luck < 0.1:
        talk.add(ConversationEnded, leg.ended, reason=TO_AGENT if here == there else TO_SKILL)
        talk = _new_talk(visit)
        reason = TRANSFER_FAILED if luck < 0.03 else BY_TRANSFER
        talk.add(
            ConversationRequested,
            visit.track.last + 20,
            source_origin="Web",
            source_device=visit.visitor.browser.device,
            start_reason=reason,
            skill_id=there,
        )
    else:
        talk.add(
            ConversationTransferred,
            leg.ended,
            skill_id=here,
            target_skill_id=there,
            agent_id=str(leg.agent.id),
            target_agent_id=str(target.id) if here == there else None,
            reason=int(luck * 10),
        )
    talk.add(ConversationQueued, visit.track.last + 40, skill_id=there)
    talk.control(visit.track.last + 300, talk.phrases.waiting, "1")
    return talk


def _look_back(visit: Visit, talk: Talk, *, agent_is_there: bool) -> None:
    """Scores and surveys, within a minute or two."""
    draw, track = visit.draw, visit.track
    of = {"conversation_id": talk.id}
    if draw.random() < 0.8:
        talk.score(track.last + 300)
    if draw.random() < 0.5:
        questions.show(track, SurveyType.EXIT, track.last + 400, **of)
        if draw.random() < 0.6:
            questions.answer(
                track, SurveyType.EXIT, track.last + 4_000 + int(draw.random() * 40_000), draw, **of
            )
    if agent_is_there and draw.random() < 0.3:
        questions.answer(
            track, SurveyType.AGENT, track.last + 3_000 + int(draw.random() * 30_000), draw, **of
        )
    visit.now = track.last


def _leave_message(visit: Visit) -> None:
    visit.wait(300, 1_500)
    questions.show(visit.track, SurveyType.OFFLINE, visit.now)
    if visit.draw.random() < 0.6:
        visit.wait(15_000, 90_000)
        questions.answer(visit.track, SurveyType.OFFLINE, visit.now, visit.draw)
