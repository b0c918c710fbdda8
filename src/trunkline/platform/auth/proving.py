"""Proving by a password who one is. The words and the work are the same whatever was wrong."""

import hashlib
from dataclasses import dataclass, field

from trunkline.clock import REAL
from trunkline.platform.accounts.hashing import verify
from trunkline.platform.accounts.models import Account, Credential
from trunkline.platform.accounts.password_rules import is_expired, rules_of
from trunkline.platform.accounts.passwords import renew_hash
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth import devices, throttle
from trunkline.platform.auth.limits import password_buckets
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import USER
from trunkline.platform.isolation.account import act_for
from trunkline.platform.refusals import NotProven, TooMany
from trunkline.platform.seen import Seen


@dataclass(frozen=True)
class _Candidate:
    """Whoever a log-in name may stand for."""

    account_exists: bool
    user: ConfigurationObject | None
    password: str | None = field(repr=False)


def prove(
    account_id: str, login_name: str, password: str, *, seen: Seen, device: str = ""
) -> ConfigurationObject:
    """The enabled user whose log-in name and password these are. Raises `NotProven`, `TooMany`."""
    act_for(_findable(account_id))
    candidate = _candidate(account_id, login_name)
    guess = _count(account_id, login_name, candidate, seen, device)
    verified = verify(password, candidate.password)
    user = candidate.user
    if not verified.right or user is None or not user.values["isEnabled"]:
        _note(Event.LOG_IN_REFUSED, candidate, account_id, seen)
        raise NotProven(
            "The account, the log-in name or the password is wrong, or the user is disabled.",
            reason="log_in_refused",
        )
    guess.was_right()
    throttle.remember(account_id, user.number, seen.network)
    if verified.outdated:
        renew_hash(user, candidate.password, password)
    return user


def check_age(user: ConfigurationObject) -> None:
    """A right password that must be changed before it is good for anything else. Raises `NotProven`."""
    changed = Credential.objects.get(account_id=user.account_id, number=user.number).changed
    expired = is_expired(changed, REAL.now(), rules_of(user.account_id))
    if expired or user.values["changePwdNextLogin"]:
        raise NotProven(
            "The password has expired; change it at the console, then log in with the new one.",
            reason="password_expired",
        )


def find_by_name(account_id: str, login_name: str) -> ConfigurationObject | None:
    """The user of that log-in name, disabled or not; case does not matter. Asks for no permission."""
    return ConfigurationObject.objects.filter(
        account_id=_findable(account_id),
        type=USER.name,
        name_key=_findable(login_name).casefold()[:200],
        deleted=False,
    ).first()


def _findable(text: str) -> str:
    """PostgreSQL takes no NUL in a text, not even to look for it."""
    return text if text.isprintable() else ""


def _candidate(account_id: str, login_name: str) -> _Candidate:
    """Asks the same questions of the database whoever is asked for."""
    name, account = _findable(login_name), _findable(account_id)
    exists = Account.objects.filter(id=account).exists()
    user = find_by_name(account, name)
    credential = Credential.objects.filter(account_id=account, number=user.number if user else 0).first()
    return _Candidate(exists, user, credential.password if credential else None)


def _count(
    account_id: str, login_name: str, candidate: _Candidate, seen: Seen, device: str
) -> throttle.Counted:
    number = candidate.user.number if candidate.user else 0
    known = throttle.is_known(account_id if candidate.account_exists else "", number, seen.network)
    place = devices.place_of(device, account_id, number) or (f"address {seen.network}" if known else "")
    claimed = (
        account_id
        if candidate.account_exists
        else hashlib.sha256(account_id.encode("utf-8", "replace")).hexdigest()[:20]
    )
    buckets = password_buckets(
        claimed, login_name.casefold(), seen.network, place, exists=candidate.account_exists
    )
    try:
        return throttle.count(claimed, buckets)
    except TooMany:
        _note(Event.LOG_IN_THROTTLED, candidate, account_id, seen)
        raise


def _note(event: Event, candidate: _Candidate, account_id: str, seen: Seen) -> None:
    # A name that is nobody's may be a password in the wrong field.
    name = candidate.user.name if candidate.user else ""
    nobody = Actor(Kind.NOBODY, originator=seen.originator("", login_name=name))
    note(account_id if candidate.account_exists else "", event, nobody)
