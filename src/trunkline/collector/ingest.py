"""Taking a batch: from the bytes of a body to events that are on the disk, and what is said about it."""

from dataclasses import dataclass

import msgspec

from trunkline.clock import Clock
from trunkline.collector import from_browsers
from trunkline.collector.admission import Admission
from trunkline.collector.body import inflate
from trunkline.collector.decode import Batch, Refused, decode
from trunkline.collector.journal import Journal
from trunkline.collector.keys import WriteKey
from trunkline.collector.refusal import Refusal, RequestRefused
from trunkline.collector.rules import bounds, obeys, refuse
from trunkline.collector.sender import Sender
from trunkline.events import AnyEvent
from trunkline.segments.letters import DeadLetter, dead_letter
from trunkline.segments.manifest import tally

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class Taken:
    accepted: int
    refused: list[Refusal]


class Ingest:
    """Decides what of a batch is taken, and waits until it is durable."""

    def __init__(
        self,
        journal: Journal,
        admission: Admission,
        clock: Clock,
        *,
        most_bytes: int,
        most_events: int,
        late_hours: int,
    ) -> None:
        self._journal = journal
        self._admission = admission
        self._clock = clock
        self._most_bytes = most_bytes
        self._most_events = most_events
        self._late_hours = late_hours

    def most_bytes(self, sender: Sender) -> int:
        """Of a body, as sent and inflated."""
        return min(self._most_bytes, from_browsers.MOST_BYTES) if sender.browser else self._most_bytes

    async def take(self, sent: bytes, encoding: str, sender: Sender, *, lines: bool | None) -> Taken:
        """Raises `RequestRefused` for a body without events and where there is no room for it now, `JournalFailed` where the
        disk failed."""
        most_bytes = self.most_bytes(sender)
        most_events = (
            min(self._most_events, from_browsers.MOST_EVENTS) if sender.browser else self._most_events
        )
        try:
            body = inflate(sent, encoding, most_bytes)
        except RequestRefused as refused:
            # It may have made as much as is allowed before it failed.
            self._admission.charge_refused(sender, most_bytes)
            await self._keep_body(sent, sender.key, refused)
            raise
        self._admission.check(sender)
        try:
            batch = decode(body, most_events, lines=lines)
        except RequestRefused as refused:
            self._admission.charge_refused(sender, len(body))
            await self._keep_body(body, sender.key, refused)
            raise
        return await self._store(batch, sender, len(body))

    async def _store(self, batch: Batch, sender: Sender, body_bytes: int) -> Taken:
        # From here to the journal there is no wait: the stamp decides the order and the hour.
        received_at, key = self._journal.now(), sender.key
        if sender.browser is not None:
            batch = from_browsers.admitted(batch, sender.browser, self._clock.real(), self._clock)
        events, refused_events = self._sort(batch, key, received_at)
        self._admission.charge(sender, len(events), len(refused_events), body_bytes)
        for event in events:
            event.account_id = key.account_id
            event.received_at = received_at
        letters = [_letter(one, key, received_at) for one in refused_events]
        await self._journal.append(
            received_at,
            _ENCODER.encode_lines(events),
            tally(key.account_id, events, received_at) if events else None,
            letters,
        )
        return Taken(len(events), [one.refusal for one in refused_events])

    def _sort(self, batch: Batch, key: WriteKey, now: int) -> tuple[list[AnyEvent], list[Refused]]:
        """The events that obey the rules, and all that are refused, in their order."""
        allowed = bounds(key.account_id, now, self._late_hours, backfill=key.backfill)
        good = [event for event in batch.events if obeys(event, allowed)]
        if len(good) == len(batch.events) and not batch.refused:
            return good, []
        refused = [
            Refused(refuse(index, event, allowed), _ENCODER.encode(event))
            for index, event in zip(batch.indices, batch.events, strict=True)
            if not obeys(event, allowed)
        ]
        return good, sorted(batch.refused + refused, key=lambda one: one.refusal.index)

    async def _keep_body(self, body: bytes, key: WriteKey, refused: RequestRefused) -> None:
        # What is too large or encoded in an unknown way (413, 415) is sent again in another way.
        if refused.status != 400 or not body:
            return
        received_at = self._journal.now()
        letter = dead_letter(
            refused.reason,
            refused.message,
            received_at,
            body,
            field=refused.field,
            account_id=key.account_id,
            key_id=key.key_id,
        )
        await self._journal.append(received_at, b"", None, [letter])


def _letter(one: Refused, key: WriteKey, received_at: int) -> DeadLetter:
    return dead_letter(
        one.refusal.reason,
        one.refusal.message,
        received_at,
        one.sent,
        field=one.refusal.field,
        account_id=key.account_id,
        key_id=key.key_id,
        index=one.refusal.index,
    )
