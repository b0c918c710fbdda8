"""The first people of an account. All else about users is configuration (`configuration.objects`) and passwords."""

from typing import Any

from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.password_rules import check_password, rules_of
from trunkline.platform.accounts.passwords import set_password
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.trail import changing
from trunkline.platform.configuration.beginnings import ADMINISTRATOR
from trunkline.platform.configuration.gate import AccountObjects, Gate
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import check_values
from trunkline.platform.configuration.registry import USER
from trunkline.platform.configuration.types.profile import is_administrative
from trunkline.platform.refusals import Conflict

__all__ = ["create_administrator", "set_password"]


def create_administrator(
    actor: Actor, account_id: str, login_name: str, password: str
) -> ConfigurationObject:
    """A user who may administer the account. Raises `Invalid`, `NotFound`, `Conflict`."""
    actor.require(Permission.USERS, account_id)
    find_account(account_id)
    check_password(password, [login_name], rules_of(account_id))
    values = check_values(USER, {"loginName": login_name, "profileIds": [_administrators(account_id)]})
    with changing(actor, account_id) as trail:
        gate = Gate(account_id, USER, trail)
        user = gate.add(values)
        gate.close()
        set_password(trail, user, password)
    return user


def _administrators(account_id: str) -> int:
    """The id of the profile of administrators: that of the beginning, or another that still is one."""
    profiles: list[Any] = [
        profile for profile in AccountObjects(account_id).all("profile") if is_administrative(profile.values)
    ]
    if not profiles:
        raise Conflict(f"Account {account_id} has no profile with all of an administrator's permissions.")
    return int(min(profiles, key=lambda profile: (profile.name != ADMINISTRATOR, profile.number)).number)
