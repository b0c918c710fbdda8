"""The rules of a replay: what can be tried again, and what becomes of it. Pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from trunkline.collector.decode import Batch, decode
from trunkline.collector.refusal import Reason, Refusal, RequestRefused
from trunkline.collector.rules import bounds, obeys, refuse
from trunkline.events import AnyEvent
from trunkline.segments.letters import TORN, DeadLetter

MOST_EVENTS = 64 * 2**10
"""More than the kept part of a body can hold."""

FINAL = {
    TORN: "it was never acknowledged: its sender sends again",
    Reason.NOT_FROM_BROWSERS: "a page may not send it",
    "conflicting_duplicate": "another event has its id: only its sender can give it a new one",
    "actor_flood": "its events stay in their segments: the letter holds none of them",
}
"""Reasons that no fix can mend."""


@dataclass(frozen=True)
class Kept:
    """A letter that was not tried, since it cannot be replayed."""

    why: str


Obstacle = Callable[[AnyEvent, DeadLetter], Refusal | None]
"""Why an event could not end where it belongs; None: it can."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    late_hours: int
    backfill: bool
    """Events older than the late limit are taken, too."""
    publishable: Collection[str]
    """Ids of the keys with which browsers send."""
    obstacle: Obstacle

    def __call__(self, letter: DeadLetter) -> list[AnyEvent] | Refusal | Kept:
        """The events of a letter (of a refused body there may be several), or why there are none."""
        if cannot := self._cannot(letter):
            return Kept(cannot)
        batch = _decoded(letter)
        if isinstance(batch, Refusal):
            return batch
        # As if it were received when it was: a replay does not make an event late.
        allowed = bounds(letter.account_id or "", letter.received_at, self.late_hours, backfill=self.backfill)
        for index, event in zip(batch.indices, batch.events, strict=True):
            if not obeys(event, allowed):
                return refuse(index, event, allowed)
            if refusal := self.obstacle(event, letter):
                return refusal
        return batch.events

    def _cannot(self, letter: DeadLetter) -> str | None:
        if letter.reason in FINAL:
            return FINAL[letter.reason]
        if letter.account_id is None:
            return "its account is not known"
        if letter.body_bytes is not None:
            return "only its beginning was kept: only its sender can send it again"
        if letter.key_id in self.publishable:
            return "a browser sent it: whence and when, only the collector could tell"
        return None


def _decoded(letter: DeadLetter) -> Batch | Refusal:
    """All of its events, or the first refusal."""
    try:
        batch = decode(letter.sent, MOST_EVENTS)
    except RequestRefused as refused:
        return Refusal(0, refused.field, refused.reason, refused.message)
    return batch.refused[0].refusal if batch.refused else batch


def kind_of(event: AnyEvent) -> str:
    return str(getattr(type(event), "kind", ""))


class _Typed(msgspec.Struct):
    type: str = ""


def type_of(letter: DeadLetter) -> str | None:
    """The event type that a letter names, as far as it can be read."""
    try:
        return msgspec.json.decode(letter.sent, type=_Typed).type
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
