"""The second factor of the console: time-based codes (RFC 6238) and recovery codes. Knows nothing of HTTP.

A code is good once: the time step that it belongs to is kept, and none up to it is taken again, however many ask at once.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field

import pyotp
from django.db import transaction
from pyotp.exceptions import OTPVerificationError

from trunkline.clock import MINUTE_MS, REAL
from trunkline.platform.accounts import facts
from trunkline.platform.accounts.secrets import data_key_of
from trunkline.platform.actors import SYSTEM, Actor, Kind, Permission
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.audit.trail import Trail, changing
from trunkline.platform.auth import throttle
from trunkline.platform.auth.limits import code_buckets
from trunkline.platform.auth.logins import AUTH_TYPES, LogInKind, NewLogIn, begin, digest_of, find_half
from trunkline.platform.auth.models import LogIn, RecoveryCode, SecondFactor
from trunkline.platform.auth.user_actor import actor_of_user, find_user
from trunkline.platform.configuration.gate import AccountObjects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import read_object
from trunkline.platform.configuration.privileges import permissions_of_user
from trunkline.platform.configuration.registry import USER
from trunkline.platform.refusals import Conflict, Invalid, NotFound, NotPermitted, NotProven, TooMany
from trunkline.platform.sealing import CannotOpen
from trunkline.platform.seen import Seen

RECOVERY_CODES = 10
# Codes of the step before and after are taken, for clocks that differ.
WINDOW = 1
_OFFER_LIFE = 15 * MINUTE_MS
_FIELD, _OFFER = "second factor", "second factor offer"


@dataclass(frozen=True)
class Offer:
    """A secret that becomes the user's second factor when a code of it comes back with `sealed`. Shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    """For a QR code."""
    sealed: str = field(repr=False)


def offer(actor: Actor) -> Offer:
    """A new secret for the actor, a user. Keeps nothing. Raises `Conflict` if it has a second factor."""
    account_id, number = _self(actor)
    if SecondFactor.objects.filter(account_id=account_id, number=number).exists():
        raise Conflict("You have a second factor; remove that first.", reason="second_factor_exists")
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=actor.originator.login_name, issuer_name=f"Trunkline {account_id}"
    )
    text = json.dumps([secret, REAL.now()])
    sealed = data_key_of(account_id).seal(text, record=str(number), field=_OFFER)
    return Offer(secret, uri, base64.urlsafe_b64encode(sealed).decode())


def enrol(actor: Actor, sealed: str, code: str) -> list[str]:
    """From the next log-in on the console asks for codes of this secret. The recovery codes, shown once.

    Raises `Invalid` for a code that does not fit or an offer that is too old, and `Conflict`.
    """
    account_id, number = _self(actor)
    secret = _offered(account_id, number, sealed)
    step = _step(secret, code)
    if step is None:
        raise Invalid("The code does not fit; is the clock of your device right?", field="code")
    data_key = data_key_of(account_id)
    with changing(actor, account_id) as trail:
        user = read_user(account_id, number)
        if SecondFactor.objects.filter(account_id=account_id, number=number).exists():
            raise Conflict("You have a second factor; remove that first.", reason="second_factor_exists")
        row = SecondFactor.objects.create(
            account_id=account_id,
            number=number,
            sealed=data_key.seal(secret, record=str(number), field=_FIELD),
            fingerprint=data_key.fingerprint(secret),
            step=step,
            set=trail.time,
        )
        _record(trail, user, None, row)
        return _new_recovery_codes(account_id, number)


def pass_second_factor(token: str, code: str, *, seen: Seen) -> NewLogIn:
    """Complete a log-in to the console by a code, of the device or for recovery; it gets a new token.

    Raises `NotProven`, and `TooMany` after five tries within a quarter of an hour.
    """
    half = find_half(token)
    user = find_user(half.account_id, half.number) if half else None
    if half is None or user is None:
        raise NotProven("This log-in has ended; begin again with the password.", reason="invalid_token")
    check_code(user, code, seen)
    with transaction.atomic():
        if not LogIn.objects.filter(pk=half.pk, ended=None).update(ended=REAL.now()):
            raise NotProven("This log-in has ended; begin again with the password.", reason="invalid_token")
        return begin(user, seen, LogInKind.CONSOLE, AUTH_TYPES[LogInKind.CONSOLE], secondFactor="passed")


def check_code(user: ConfigurationObject, code: str, seen: Seen) -> None:
    """Use up a code of the user. Raises `NotProven`, `TooMany`."""
    actor = actor_of_user(user, seen, "")
    try:
        guess = throttle.count(user.account_id, code_buckets(user.account_id, user.number))
    except TooMany:
        note(user.account_id, Event.SECOND_FACTOR_REFUSED, actor, reason="too_many_tries")
        raise
    if _use_recovery_code(user, code):
        note(user.account_id, Event.RECOVERY_CODE_USED, actor)
    elif not _use_step(user, code):
        note(user.account_id, Event.SECOND_FACTOR_REFUSED, actor, reason="wrong")
        raise NotProven(
            "The code does not fit or was used; wait for the next one.", reason="second_factor_refused"
        )
    guess.was_right()


def renew_recovery_codes(actor: Actor, code: str, *, seen: Seen) -> list[str]:
    """Ten new ones in place of all others, for a user who shows a code. Raises `NotProven`, `TooMany`."""
    account_id, number = _self(actor)
    check_code(read_user(account_id, number), code, seen)
    with changing(actor, account_id):
        return _new_recovery_codes(account_id, number)


def remove_own_second_factor(actor: Actor, code: str, *, seen: Seen) -> None:
    """Raises `NotProven`, `TooMany`."""
    account_id, number = _self(actor)
    check_code(read_user(account_id, number), code, seen)
    _remove(actor, account_id, number)


def remove_second_factor(actor: Actor, account_id: str, number: int) -> None:
    """Of a user who has lost the device and the recovery codes. Raises `NotFound`, `NotPermitted`."""
    actor.require(Permission.USERS, account_id)
    user = read_object(actor, account_id, USER, number, include_deleted=False)
    # Without it the password alone is the user at the console.
    has = permissions_of_user(user.values, AccountObjects(account_id))
    actor.check_may_give(has, account_id, field="secondFactor")
    _remove(actor, account_id, number)


def read_user(account_id: str, number: int) -> ConfigurationObject:
    """Raises `NotProven` if it may not act."""
    user = find_user(account_id, number)
    if user is None:
        raise NotProven("The user is disabled or gone.", reason="invalid_token")
    return user


def _self(actor: Actor) -> tuple[str, int]:
    if actor.kind != Kind.USER or not actor.account_id:
        raise NotPermitted("Only a user has a second factor.")
    return actor.account_id, int(actor.id)


def _offered(account_id: str, number: int, sealed: str) -> str:
    try:
        text = data_key_of(account_id).open(
            base64.urlsafe_b64decode(sealed), record=str(number), field=_OFFER
        )
    except (CannotOpen, ValueError):
        raise Invalid("This is no offer of ours; begin again.", field="sealed") from None
    secret, made = json.loads(text)
    if REAL.now() - made > _OFFER_LIFE:
        raise Invalid("The offer is too old; begin again.", field="sealed")
    return str(secret)


def _step(secret: str, code: str) -> int | None:
    """The time step whose code this is."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(
            "".join(code.split()), for_time=REAL.now() / 1000, valid_window=WINDOW
        )
    except OTPVerificationError:
        return None


def _use_step(user: ConfigurationObject, code: str) -> bool:
    row = SecondFactor.objects.filter(account_id=user.account_id, number=user.number).first()
    if row is None:
        return False
    secret = data_key_of(user.account_id).open(bytes(row.sealed), record=str(user.number), field=_FIELD)
    step = _step(secret, code)
    if step is None:
        return False
    # Of many at once, one finds a smaller step.
    return bool(SecondFactor.objects.filter(pk=row.pk, step__lt=step).update(step=step))


def _use_recovery_code(user: ConfigurationObject, code: str) -> bool:
    digest = digest_of(code.strip().lower())
    unused = RecoveryCode.objects.filter(
        account_id=user.account_id, number=user.number, digest=digest, used=None
    )
    return bool(unused.update(used=REAL.now()))


def _new_recovery_codes(account_id: str, number: int) -> list[str]:
    RecoveryCode.objects.filter(account_id=account_id, number=number).delete()
    codes = ["-".join(secrets.token_hex(2) for _ in range(5)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account_id=account_id, number=number, digest=digest_of(code)) for code in codes
    )
    return codes


def _remove(actor: Actor, account_id: str, number: int) -> None:
    with changing(actor, account_id) as trail:
        row = SecondFactor.objects.filter(account_id=account_id, number=number).first()
        if row is None:
            raise NotFound("The user has no second factor.")
        _record(trail, read_object(SYSTEM, account_id, USER, number), row, None)
        RecoveryCode.objects.filter(account_id=account_id, number=number).delete()
        row.delete()


def _record(
    trail: Trail, user: ConfigurationObject, before: SecondFactor | None, after: SecondFactor | None
) -> None:
    absent = {"secondFactor": None}
    trail.record(
        Subject(USER.name, str(user.number), user.name),
        before=facts.of_second_factor(before) if before else absent,
        after=facts.of_second_factor(after) if after else absent,
    )
