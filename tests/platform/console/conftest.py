"""Somebody at the console, without a browser."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL

from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.auth import logins, second_factor
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import create_objects
from trunkline.platform.configuration.registry import PROFILE, SKILL, USER
from trunkline.platform.configuration.types.profile import packages_for
from trunkline.platform.console.signed_in import COOKIE
from trunkline.platform.permissions import Permission
from trunkline.platform.seen import Seen


@dataclass
class Person:
    user: ConfigurationObject
    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __post_init__(self) -> None:
        self.client.cookies[COOKIE] = self.token

    @property
    def form_token(self) -> str:
        return logins.csrf_of(self.token)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/console/{path}", headers=headers)

    def post(self, path: str, **form: Any) -> Any:
        """As a browser sends the form of one of our pages."""
        sent = {"form-token": self.form_token, **form}
        return self.client.post(
            f"/console/{path}", sent, headers={"Origin": URL, "Sec-Fetch-Site": "same-origin"}
        )


@pytest.fixture
def make_person(northwind: Any) -> Callable[..., Person]:
    """Somebody with these permissions, signed in, with a second factor; without any named, with an administrator's."""

    def make(name: str, *permissions: Permission, account_id: str = NORTHWIND, factor: bool = True) -> Person:
        profiles = ConfigurationObject.objects.filter(account_id=account_id, type=PROFILE.name)
        if permissions:
            values = {"name": f"of {name}", "permissionPackages": packages_for(frozenset(permissions))}
            (profile,) = create_objects(OPERATOR, account_id, PROFILE, [values])
        else:
            profile = profiles.get(name="Administrator")
        values = {
            "loginName": f"{name}@northwind.example",
            "fullName": name.title(),
            "profileIds": [profile.number],
        }
        (user,) = create_objects(OPERATOR, account_id, USER, [values])
        begun = logins.begin(user, Seen(address="192.0.2.7"), logins.LogInKind.CONSOLE, "console")
        if factor:
            offered = second_factor.offer(begun.actor)
            second_factor.enrol(begun.actor, offered.sealed, pyotp.TOTP(offered.secret).now())
        return Person(user, begun.token)

    return make


@pytest.fixture
def ada(make_person: Callable[..., Person]) -> Person:
    return make_person("ada")


@pytest.fixture
def billing(northwind: Any) -> ConfigurationObject:
    (made,) = create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing", "wrapUpTime": 30}])
    return made


def skill_form(**changes: Any) -> dict[str, Any]:
    """What the form of an untouched skill sends."""
    return {
        "name": "Billing",
        "maxWaitTime": "120",
        "skillOrder": "0",
        "wrapUpTime": "30",
        "canTransfer": "1",
        "fallbackWhenAllAgentsAreAway": "1",
        **changes,
    }


def last_change() -> Any:
    import json

    return json.loads(Change.objects.filter(account_id=NORTHWIND).latest("number").document)


@pytest.fixture
def administrator(northwind: Any) -> ConfigurationObject:
    """With a password; making its hash takes a while."""
    from trunkline.platform.accounts import users

    return users.create_administrator(OPERATOR, NORTHWIND, "ada@northwind.example", "correct horse battery")
