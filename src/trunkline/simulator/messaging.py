"""A messaging conversation: over hours or days, with pauses, answered by whoever is logged in."""

from random import Random
from typing import Any

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS
from trunkline.events.conversations import (
    ConversationConnected,
    ConversationEnded,
    ConversationQueued,
    ConversationRequested,
    ConversationTransferred,
    ConversationType,
)
from trunkline.events.envelope import Event
from trunkline.events.surveys import SurveyType
from trunkline.simulator import questions
from trunkline.simulator.chance import pick
from trunkline.simulator.desk import SETTLE_MS, Seat
from trunkline.simulator.shop import Page
from trunkline.simulator.site import Site
from trunkline.simulator.talk import Talk
from trunkline.simulator.track import Track
from trunkline.simulator.visitor import Visitor

LONGEST_SPAN_MS = 4 * DAY_MS
AGENT_STOPPED, CONSUMER_GONE, CONSUMER_CLOSED = 201, 208, 210


def span(luck: float) -> int:
    """How long a conversation stays open, of a number in [0, 1): mostly hours, for some until the next day, for a few days."""
    if luck < 0.8:
        return 10 * MINUTE_MS + int(luck / 0.8 * 8 * HOUR_MS)
    if luck < 0.95:
        return 8 * HOUR_MS + int((luck - 0.8) / 0.15 * 22 * HOUR_MS)
    return 2 * DAY_MS + int((luck - 0.95) / 0.05 * (LONGEST_SPAN_MS - 2 * DAY_MS))


class Messages:
    """One conversation, from the request (epoch ms) to its end, `length` later or a little more."""

    def __init__(self, site: Site, visitor: Visitor, page: Page, draw: Random, prefix: str) -> None:
        self.id = f"{draw.getrandbits(64):016x}"
        self._desk = site.desk
        self._draw = draw
        self._seat: Seat | None = None
        self._track = Track(prefix, account_id=site.account)
        self._talk = Talk(
            self._track,
            draw,
            visitor,
            page,
            self.id,
            dialog_id=self.id,
            conversation_type=ConversationType.MESSAGING,
        )

    def run(self, asked: int, length: int, *, skill_id: int, **said: Any) -> list[Event]:
        """`said`: what the request tells beyond the skill."""
        draw, until = self._draw, asked + length
        self._talk.add(ConversationRequested, asked, skill_id=skill_id, **said)
        self._talk.add(ConversationQueued, asked + 60, skill_id=skill_id)
        sentences = self._talk.phrases.openers
        now = asked + 1_000
        while now < until:
            self._consumer_writes(now, sentences)
            at = self._desk.next_staffed(
                self._track.last + 15_000 + int(draw.expovariate(1 / 180_000)), until
            )
            if at is None:
                break
            self._agent_writes(at, skill_id)
            sentences = self._talk.phrases.questions
            now = self._track.last + 20_000 + int(draw.expovariate(9 / length))
        self._end(until)
        return self._track.events

    def _consumer_writes(self, instant: int, sentences: tuple[str, ...]) -> None:
        for _ in range(1 + int(self._draw.random() * 2.3)):
            if self._draw.random() < 0.05:
                self._talk.file(instant)
            else:
                self._talk.visitor(instant, sentences)
            instant = self._track.last + 3_000 + int(self._draw.random() * 25_000)

    def _agent_writes(self, instant: int, skill: int) -> None:
        """Within `SETTLE_MS` after the instant."""
        seat = self._seat
        if seat is None or not seat.start <= instant <= seat.end - SETTLE_MS:
            seat = self._seat = self._take_over(seat, instant, skill)
            instant = self._track.last
        for _ in range(1 + int(self._draw.random() * 2.3)):
            luck = self._draw.random()
            instant += 3_000 + int(luck * 15_000)
            if luck < 0.04:
                self._talk.link(instant, seat.agent)
            elif luck < 0.05:
                self._talk.secure_form(instant, seat.agent)
            else:
                self._talk.agent(instant, seat.agent, self._talk.phrases.answers)

    def _take_over(self, before: Seat | None, instant: int, skill: int) -> Seat:
        """Somebody who is there takes the conversation, from the agent who had it and has left."""
        seat = self._desk.attend(instant, self._draw)
        if before:
            self._talk.add(
                ConversationTransferred,
                instant,
                skill_id=skill,
                target_skill_id=skill,
                agent_id=str(before.agent.id),
                target_agent_id=str(seat.agent.id),
                reason=1,
            )
            self._talk.add(ConversationQueued, instant + 40, skill_id=skill)
            instant += 2_000
        self._talk.add(ConversationConnected, instant, agent_id=str(seat.agent.id), skill_id=skill)
        self._talk.welcome(instant + 40, seat.agent)
        return seat

    def _end(self, until: int) -> None:
        """Surveys and scores come before the end: it closes the session."""
        draw, track, of = self._draw, self._track, {"conversation_id": self.id}
        at = max(until, track.last + 1_000)
        there = self._seat is not None and at < self._seat.end - SETTLE_MS
        if self._seat and draw.random() < 0.4:
            questions.show(track, SurveyType.EXIT, at, **of)
            if draw.random() < 0.7:
                questions.answer(track, SurveyType.EXIT, track.last + 9_000, draw, **of)
        if draw.random() < 0.8:
            self._talk.score(max(at, track.last + 200))
        by_agent = there and draw.random() < 0.6
        reason = AGENT_STOPPED if by_agent else pick(draw, (CONSUMER_CLOSED, CONSUMER_CLOSED, CONSUMER_GONE))
        self._talk.add(ConversationEnded, max(at, track.last + 1_000), reason=reason)
