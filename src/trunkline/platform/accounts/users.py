"""The first people of an account, and passwords. All else about users is configuration (`configuration.objects`)."""

from typing import Any

from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.hashing import hash_password
from trunkline.platform.accounts.models import Credential
from trunkline.platform.accounts.secrets import data_key_of
from trunkline.platform.actors import SYSTEM, Actor, Permission
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.trail import Trail, changing
from trunkline.platform.configuration.beginnings import ADMINISTRATOR
from trunkline.platform.configuration.gate import AccountObjects, Gate
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import check_values
from trunkline.platform.configuration.registry import USER
from trunkline.platform.configuration.types.profile import is_administrative
from trunkline.platform.refusals import Conflict, Invalid

MIN_PASSWORD = 12
# Longer ones only cost time to hash.
MAX_PASSWORD = 1000


def create_administrator(
    actor: Actor, account_id: str, login_name: str, password: str
) -> ConfigurationObject:
    """A user who may administer the account. Raises `Invalid`, `NotFound`, `Conflict`."""
    actor.require(Permission.USERS, account_id)
    find_account(account_id)
    check_password(login_name, password)
    values = check_values(USER, {"loginName": login_name, "profileIds": [_administrators(account_id)]})
    with changing(actor, account_id) as trail:
        gate = Gate(account_id, USER, trail)
        user = gate.add(values)
        gate.close()
        set_password(trail, user, password)
    return user


def set_password(trail: Trail, user: ConfigurationObject, password: str) -> None:
    """Within the transaction of `trail`; the password was checked. The trail says that it changed, and a fingerprint."""
    kept = Credential.objects.filter(account_id=user.account_id, number=user.number).first()
    _keep(trail, user, kept, hash_password(password))


def renew_hash(user: ConfigurationObject, outdated: str | None, password: str) -> None:
    """Hash a password anew, by today's parameters, unless it was changed meanwhile. The trail says that the system did it."""
    hashed = hash_password(password)
    with changing(SYSTEM, user.account_id) as trail:
        kept = Credential.objects.filter(
            account_id=user.account_id, number=user.number, password=outdated
        ).first()
        if kept:
            _keep(trail, user, kept, hashed)


def _keep(trail: Trail, user: ConfigurationObject, kept: Credential | None, hashed: str) -> None:
    # Of the hash and not of the password: who learns the sealing keys must not be able to guess passwords quickly.
    fingerprint = data_key_of(user.account_id).fingerprint(hashed)
    Credential.objects.update_or_create(
        account_id=user.account_id,
        number=user.number,
        defaults={"password": hashed, "fingerprint": fingerprint, "changed": trail.time},
    )
    trail.record(
        Subject(USER.name, str(user.number), user.name),
        before=facts.of_credential(kept) if kept else {"password": None},
        after={"password": facts.secret(fingerprint)},
    )


def check_password(login_name: str, password: str) -> None:
    """Raises `Invalid`."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid(f"A password has at least {MIN_PASSWORD} characters.", field="password")
    if password.casefold() == login_name.casefold():
        raise Invalid("The password must not be the log-in name.", field="password")


def _administrators(account_id: str) -> int:
    """The id of the profile of administrators: that of the beginning, or another that still is one."""
    profiles: list[Any] = [
        profile for profile in AccountObjects(account_id).all("profile") if is_administrative(profile.values)
    ]
    if not profiles:
        raise Conflict(f"Account {account_id} has no profile with all of an administrator's permissions.")
    return int(min(profiles, key=lambda profile: (profile.name != ADMINISTRATOR, profile.number)).number)
