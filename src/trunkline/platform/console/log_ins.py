"""Log-ins to the console as its pages see them."""

import secrets

from django.contrib.auth.hashers import check_password
from django.core import signing
from django.http import HttpRequest

from trunkline.platform.accounts.models import Credential
from trunkline.platform.actors import Actor, Kind, Originator
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.types.profile import permissions_of
from trunkline.platform.configuration.types.user import full_name
from trunkline.platform.refusals import NotPermitted

COOKIE = "__Host-trunkline-log-in"
_SECONDS = 3600


def begin(request: HttpRequest, account_id: str, login_name: str, password: str) -> str:
    """The token of a new log-in. Raises `NotPermitted`."""
    user = ConfigurationObject.objects.filter(
        account_id=account_id, type="user", name_key=login_name.casefold()[:200], deleted=False
    ).first()
    credential = Credential.objects.filter(account_id=account_id, number=user.number if user else 0).first()
    if user is None or credential is None or not check_password(password, credential.password):
        raise NotPermitted("The account, the log-in name or the password is wrong, or the user is disabled.")
    return signing.dumps([account_id, user.number, secrets.token_hex(16)], salt="log-in")


def find_actor(request: HttpRequest, token: str) -> Actor | None:
    """Who holds this token, with the permissions of this moment."""
    try:
        account_id, number, _ = signing.loads(token, salt="log-in", max_age=_SECONDS)
    except signing.BadSignature:
        return None
    users = ConfigurationObject.objects.filter(
        account_id=account_id, number=number, type="user", deleted=False
    )
    user = users.first()
    if user is None or not user.values["isEnabled"]:
        return None
    profiles = ConfigurationObject.objects.filter(account_id=account_id, type="profile", deleted=False)
    mine = list(profiles.filter(number__in=user.values["profileIds"]))
    originator = Originator(
        name=full_name(user.values),
        login_name=user.values["loginName"],
        employee_id=user.values["employeeId"],
        profiles=tuple(profile.name for profile in mine),
        auth_type="console",
    )
    permissions = frozenset(one for profile in mine for one in permissions_of(profile.values))
    return Actor(Kind.USER, str(user.number), account_id, permissions, originator)
