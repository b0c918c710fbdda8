"""The security log: what happened and is no change. `note` writes, `notices_of` reads.

Nothing secret comes in: no password, token, code or key, right or wrong. What strangers can cause at will is counted by
kind and address, and beyond so many addresses a minute by kind alone.
"""

import hashlib
from enum import StrEnum
from typing import Any

import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from trunkline.clock import MINUTE_MS, REAL
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.actors import Actor
from trunkline.platform.audit.entries import actor_members, canonical
from trunkline.platform.audit.models import Notice
from trunkline.platform.isolation.account import acting_for
from trunkline.platform.permissions import Permission

log = structlog.get_logger()

MAX_DETAIL = 300
MOST_ROWS_A_MINUTE = 30
"""Of a kind that strangers can cause, in one account."""
MOST_READ = 1000


class Event(StrEnum):
    """What is noted."""

    LOG_IN = "log-in"
    LOG_IN_REFUSED = "log-in-refused"
    LOG_IN_THROTTLED = "log-in-throttled"
    LOG_OUT = "log-out"
    SECOND_FACTOR_REFUSED = "second-factor-refused"
    RECOVERY_CODE_USED = "recovery-code-used"
    TOKEN_ISSUED = "token-issued"  # noqa: S105  # no password
    TOKEN_REFUSED = "token-refused"  # noqa: S105
    REQUEST_DENIED = "request-denied"
    SIGNATURE_REFUSED = "signature-refused"
    TRAIL_READ = "audit-trail-read"
    TRAIL_EXPORTED = "audit-trail-exported"
    NOTICES_READ = "security-log-read"


BY_STRANGERS = frozenset(
    {
        Event.LOG_IN_REFUSED,
        Event.LOG_IN_THROTTLED,
        Event.SECOND_FACTOR_REFUSED,
        Event.TOKEN_REFUSED,
        Event.REQUEST_DENIED,
        Event.SIGNATURE_REFUSED,
    }
)


def note(account_id: str, event: Event, actor: Actor, **details: Any) -> None:
    """Write that this happened. `account_id` is one that exists, or empty; details are short texts and numbers.

    A refusal stays one where it cannot be written: it is in the program's log then. All else is not done without.
    """
    try:
        with acting_for(account_id), transaction.atomic():
            _write(account_id, event, actor, details)
    except DatabaseError as error:
        if event not in BY_STRANGERS:
            raise
        log.error("notice not written", event_kind=event, account=account_id, error=str(error).strip())


def notices_of(
    actor: Actor,
    account_id: str,
    *,
    events: frozenset[Event] = frozenset(),
    before: int | None = None,
    most: int = 100,
) -> list[Notice]:
    """The newest first, from before the id `before`. Reading them is noted, too. Raises `NotFound`.

    An empty `account_id` asks for what named no account that exists; only an operator may.
    """
    actor.require(Permission.AUDIT_TRAIL, account_id)
    if account_id:
        find_account(account_id)
    found = Notice.objects.filter(account_id=account_id)
    if events:
        found = found.filter(kind__in=events)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found.order_by("-id")[: min(most, MOST_READ)])
    note(account_id, Event.NOTICES_READ, actor)
    return rows


def _write(account_id: str, event: Event, actor: Actor, details: dict[str, Any]) -> None:
    now = REAL.now()
    minute, kept = now - now % MINUTE_MS, {name: _short(value) for name, value in details.items()}
    stranger = event in BY_STRANGERS
    key = _key(event, actor.id, actor.originator.address, "" if stranger else canonical(kept))
    if _count_on(account_id, minute, key, now):
        return
    if stranger and _rows(account_id, minute, event) >= MOST_ROWS_A_MINUTE:
        # The first row beyond is everybody's from there on.
        key = _key(event)
    row = Notice(
        account_id=account_id,
        minute=minute,
        key=key,
        time=now,
        last=now,
        kind=event,
        actor_id=actor.id,
        actor=actor_members(actor),
        details=kept,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        _count_on(account_id, minute, key, now)


def _count_on(account_id: str, minute: int, key: str, now: int) -> bool:
    same = Notice.objects.filter(account_id=account_id, minute=minute, key=key)
    return bool(same.update(count=F("count") + 1, last=now))


def _rows(account_id: str, minute: int, event: Event) -> int:
    return Notice.objects.filter(account_id=account_id, minute=minute, kind=event).count()


def _key(*parts: str) -> str:
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()[:32]


def _short(value: Any) -> Any:
    return value[:MAX_DETAIL] if isinstance(value, str) else value
