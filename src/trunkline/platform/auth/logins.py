"""Logging users in, keeping them logged in and logging them out. Knows nothing of HTTP.

A log-in by the Login Service ends every older one of the user; one to the console ends older ones to the console only, so that a
program which logged in before goes on (decision 15).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest

from django.db import transaction
from django.db.models import QuerySet

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, REAL
from trunkline.platform.actors import Actor
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth import devices
from trunkline.platform.auth.endings import end_log_ins
from trunkline.platform.auth.models import LogIn
from trunkline.platform.auth.proving import check_age, prove
from trunkline.platform.auth.user_actor import actor_of_log_in, actor_of_user, has_second_factor
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.isolation.account import act_for
from trunkline.platform.isolation.lookups import account_of
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import Seen


class LogInKind(StrEnum):
    API = "api"
    CONSOLE = "console"


@dataclass(frozen=True)
class Limits:
    idle: int
    absolute: int


LIMITS = {
    LogInKind.API: Limits(idle=8 * HOUR_MS, absolute=DAY_MS),
    LogInKind.CONSOLE: Limits(idle=HOUR_MS, absolute=12 * HOUR_MS),
}
AUTH_TYPES = {LogInKind.API: "login", LogInKind.CONSOLE: "console"}
_ENDS = {LogInKind.API: (LogInKind.API, LogInKind.CONSOLE), LogInKind.CONSOLE: (LogInKind.CONSOLE,)}
HALF_LIFE = 10 * MINUTE_MS
"""For the second factor, once the password was right."""
_KEPT = 30 * DAY_MS


@dataclass(frozen=True)
class NewLogIn:
    """A log-in and its token, which is told this once."""

    token: str = field(repr=False)
    log_in: LogIn
    user: ConfigurationObject
    actor: Actor

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)

    @property
    def name(self) -> str:
        """Names the log-in without telling its token or how many there were."""
        return str(int(hmac.digest(self.token.encode(), b"name", "sha256").hex(), 16) % 10**18)

    @property
    def second_factor_due(self) -> bool:
        return self.log_in.second_factor_due

    @property
    def device(self) -> str:
        """What the browser of this user may keep to be known again."""
        return devices.token_of(self.log_in.account_id, self.log_in.number)


def log_in(
    account_id: str,
    login_name: str,
    password: str,
    *,
    seen: Seen,
    kind: LogInKind = LogInKind.API,
    device: str = "",
) -> NewLogIn:
    """Log a user in by its password. `device` is what `NewLogIn.device` was at an earlier log-in.

    Raises `NotProven`, in the same words and after the same work whatever was wrong, and `TooMany`. A password that is right and
    must be changed first is refused with the reason `password_expired`: see `auth.own_password`. To the console, a user with
    a second factor is logged in only when that is passed: `NewLogIn.second_factor_due`, `auth.second_factor`.
    """
    user = prove(account_id, login_name, password, seen=seen, device=device)
    check_age(user)
    if kind == LogInKind.CONSOLE and has_second_factor(user):
        return begin_half(user, seen)
    return begin(user, seen, kind, AUTH_TYPES[kind])


def begin(user: ConfigurationObject, seen: Seen, kind: LogInKind, auth_type: str, **details: str) -> NewLogIn:
    """A log-in of a user who has proven who it is. Asks for nothing: its callers do. Raises `NotProven` if the user was disabled
    meanwhile."""
    now, token = REAL.now(), secrets.token_hex(32)
    with transaction.atomic():
        # Two log-ins at once would each not see the other, and both stay; and one that is begun while the user is being
        # disabled would be there when the user is enabled again.
        user = ConfigurationObject.objects.select_for_update().get(id=user.id)
        if user.deleted or not user.values["isEnabled"]:
            raise _over()
        actor = actor_of_user(user, seen, auth_type)
        ended = end_log_ins(user.account_id, user.number, now, kinds=_ENDS[kind])
        LogIn.objects.filter(account_id=user.account_id, number=user.number, created__lt=now - _KEPT).delete()
        made = _create(user, token, kind, auth_type, now, LIMITS[kind].absolute)
        note(user.account_id, Event.LOG_IN, actor, logIn=made.pk, kind=kind, ended=ended, **details)
    return NewLogIn(token, made, user, actor)


def begin_half(user: ConfigurationObject, seen: Seen) -> NewLogIn:
    """A log-in to the console whose second factor is due. It ends no other: whoever has only the password shall not."""
    token, kind = secrets.token_hex(32), LogInKind.CONSOLE
    made = _create(user, token, kind, AUTH_TYPES[kind], REAL.now(), HALF_LIFE, second_factor_due=True)
    return NewLogIn(token, made, user, actor_of_user(user, seen, AUTH_TYPES[kind]))


def find_half(token: str) -> LogIn | None:
    """The live log-in whose second factor is due."""
    found = _log_ins_with(token).filter(ended=None, second_factor_due=True, expires__gt=REAL.now())
    return found.first()


def actor_of_bearer(token: str, seen: Seen, *, kind: LogInKind = LogInKind.API) -> Actor:
    """Who holds this token, with the permissions of this moment. Raises `NotProven`."""
    return _live(token, seen, kind)[1]


def refresh(
    token: str, csrf: str, seen: Seen, *, kind: LogInKind = LogInKind.API, account_id: str | None = None
) -> Actor:
    """Keep a log-in, of this account where one is given, alive. Raises `NotProven`."""
    check_csrf(token, csrf)
    found, actor = _live(token, seen, kind, account_id)
    LogIn.objects.filter(pk=found.pk).update(used=REAL.now())
    return actor


def log_out(
    token: str, csrf: str, seen: Seen, *, kind: LogInKind = LogInKind.API, account_id: str | None = None
) -> None:
    """End a log-in: its token is refused from the next request on. Raises `NotProven`."""
    check_csrf(token, csrf)
    found, actor = _live(token, seen, kind, account_id)
    if LogIn.objects.filter(pk=found.pk, ended=None).update(ended=REAL.now()):
        note(found.account_id, Event.LOG_OUT, actor, logIn=found.pk)


def csrf_of(token: str) -> str:
    """What only those can know who hold the token: proves that a request comes from the page that was given it."""
    return hmac.digest(token.encode(), b"csrf", "sha256").hex()[:32]


def check_csrf(token: str, csrf: str) -> None:
    """Raises `NotProven`."""
    if not compare_digest(csrf_of(token).encode(), csrf.encode("utf-8", "replace")):
        raise NotProven("CSRF token invalid! Send the csrf of the log-in's answer.", reason="csrf_invalid")


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _live(token: str, seen: Seen, kind: LogInKind, account_id: str | None = None) -> tuple[LogIn, Actor]:
    now = REAL.now()
    found = _log_ins_with(token).filter(kind=kind, ended=None, second_factor_due=False).first()
    if found is None or account_id not in (None, found.account_id):
        raise _over()
    if found.expires <= now or found.used + LIMITS[kind].idle <= now:
        raise _over()
    actor = actor_of_log_in(found, seen)
    if actor is None:
        LogIn.objects.filter(pk=found.pk).update(ended=now)
        raise _over()
    if now - found.used > MINUTE_MS:
        LogIn.objects.filter(pk=found.pk, used__lt=now - MINUTE_MS).update(used=now)
    return found, actor


def _create(
    user: ConfigurationObject,
    token: str,
    kind: LogInKind,
    auth_type: str,
    now: int,
    lasting: int,
    *,
    second_factor_due: bool = False,
) -> LogIn:
    return LogIn.objects.create(
        digest=digest_of(token),
        account_id=user.account_id,
        number=user.number,
        kind=kind,
        auth_type=auth_type,
        created=now,
        used=now,
        expires=now + lasting,
        second_factor_due=second_factor_due,
    )


def _log_ins_with(token: str) -> QuerySet[LogIn]:
    """The one of this token, if there is one; from here on this is its account's request."""
    digest = digest_of(token)
    act_for(account_of(LogIn, "digest", digest))
    return LogIn.objects.filter(digest=digest)


def _over() -> NotProven:
    return NotProven("The token is unknown or has ended; log in again.", reason="invalid_token")
