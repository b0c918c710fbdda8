"""Replaying the audit trail gives the configuration as it is, byte for byte, after a long random walk through every verb."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.platform.accounts import facts, keys
from trunkline.platform.accounts.accounts import replace_settings
from trunkline.platform.accounts.data_types import switch_off, switch_on
from trunkline.platform.accounts.models import Account, AccountDataType, ApiKey, PasswordRules, WriteKey
from trunkline.platform.accounts.password_rules import set_password_rules
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.check import check
from trunkline.platform.audit.entries import canonical
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import create_objects, delete_objects, replace_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.configuration.types.profile import PACKAGES
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import Refused

pytestmark = pytest.mark.django_db(databases="__all__")

LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
SEEDS, STEPS = (10, 1_000) if LONG else (10, 100)

STATES = ("AWAY", "BACK_SOON", "OCCUPIED")
TEXTS = ("", "Bills & invoices", "Größe 😀", "two\nlines", '"quoted"')
ZONES = ("UTC", "America/New_York", "Europe/London")


class Walk:
    """Random verbs of an operator. What is refused changes nothing, and is a step as well."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        rows = ConfigurationObject.objects.filter(account_id=NORTHWIND)
        self.known: dict[str, list[int]] = {object_type.name: [] for object_type in OBJECT_TYPES}
        for row in rows:
            self.known[row.type].append(row.number)
        self.keys: list[str] = []
        self.made = 0

    def step(self) -> None:
        verbs: list[tuple[int, Callable[[], None]]] = [
            (8, self.create),
            (12, self.replace),
            (3, self.delete),
            (1, self.settings),
            (1, self.data_type),
            (1, self.key),
        ]
        [verb] = self.random.choices([verb for _, verb in verbs], [weight for weight, _ in verbs])
        with suppress(Refused):
            verb()

    def create(self) -> None:
        object_type = self.random.choice(OBJECT_TYPES)
        values = [self.values(object_type) for _ in range(self.random.randint(1, 2))]
        rows = create_objects(OPERATOR, NORTHWIND, object_type, values)
        self.known[object_type.name] += [row.number for row in rows]

    def replace(self) -> None:
        object_type = self.random.choice(OBJECT_TYPES)
        number = self.one_of(object_type.name)
        replace_objects(OPERATOR, NORTHWIND, object_type, {number: self.values(object_type)})

    def delete(self) -> None:
        object_type = self.random.choice(OBJECT_TYPES)
        delete_objects(OPERATOR, NORTHWIND, object_type, [self.one_of(object_type.name)])

    def settings(self) -> None:
        name, time_zone = f"Northwind {self.random.randint(1, 3)}", self.random.choice(ZONES)
        replace_settings(OPERATOR, NORTHWIND, name=name, time_zone=time_zone)
        set_password_rules(OPERATOR, NORTHWIND, history=self.random.randint(0, 5))

    def data_type(self) -> None:
        name = self.random.choice(("agentActivity", "webSession", "engagement"))
        if self.random.random() < 0.3:
            switch_off(OPERATOR, NORTHWIND, name)
        else:
            minutes = self.random.choice((None, 10, 20))
            switch_on(OPERATOR, NORTHWIND, name, inactivity_minutes=minutes)

    def key(self) -> None:
        if len(self.keys) < 20:
            permission = self.random.choice((*sorted(ADMINISTRATION), "collect"))
            self.keys.append(keys.create_key(OPERATOR, NORTHWIND, name="k", permissions=[permission]).id)
        key = self.random.choice(self.keys)
        if self.random.random() < 0.3:
            keys.revoke_key(OPERATOR, NORTHWIND, key)
        else:
            wanted = self.random.sample(sorted(ADMINISTRATION), 2)
            keys.set_permissions(OPERATOR, NORTHWIND, key, wanted)

    def values(self, object_type: ObjectType) -> dict[str, Any]:
        self.made += 1
        values: dict[str, Any] = {
            object_type.named_by: f"{self.random.choice(TEXTS)[:4].strip()}x{self.made}"
        }
        values |= getattr(self, object_type.name)()
        if "description" in object_type.schema.model_fields:
            values["description"] = self.random.choice(TEXTS)
        return values

    def user(self) -> dict[str, Any]:
        return {
            "isEnabled": self.random.random() < 0.8,
            "skillIds": self.some("skill"),
            "profileIds": self.some("profile"),
            "lobIds": self.some("lob"),
            "memberOf": self.random.choice((None, {"agentGroupId": self.one_of("agentGroup")})),
            "managerOf": [{"agentGroupId": number} for number in self.some("agentGroup")],
        }

    def profile(self) -> dict[str, Any]:
        packages = [{"id": number} for number in self.random.sample(sorted(PACKAGES), 3)]
        return {"permissionPackages": packages, "roleTypeId": self.random.randint(1, 4)}

    def skill(self) -> dict[str, Any]:
        shares = [{"agentGroupId": number, "splitPercentage": 50} for number in self.some("agentGroup")]
        return {
            "lobIds": self.some("lob"),
            "skillTransferList": self.some("skill"),
            "skillRoutingConfiguration": shares,
            "wrapUpTime": self.random.choice((None, 30)),
        }

    def agentGroup(self) -> dict[str, Any]:
        return {"parentGroupId": self.one_of("agentGroup")}

    def lob(self) -> dict[str, Any]:
        return {}

    def statusReason(self) -> dict[str, Any]:
        return {"state": self.random.choice(STATES), "enabled": self.random.random() < 0.5}

    def one_of(self, type_name: str) -> int:
        return self.random.choice(self.known[type_name] or [4711])

    def some(self, type_name: str) -> list[int]:
        return (
            [self.one_of(type_name) for _ in range(self.random.randint(0, 2))]
            if self.known[type_name]
            else []
        )


def folded() -> dict[str, Any]:
    """The configuration as the trail tells it, by the documents alone."""
    state: dict[str, dict[str, Any]] = {}
    for text in (
        Change.objects.filter(account_id=NORTHWIND).order_by("number").values_list("document", flat=True)
    ):
        entry = json.loads(text)
        key = f"{entry['object']['type']} {entry['object']['id']}"
        values = state.setdefault(key, {})
        assert all(canonical(values.get(one["element"])) == canonical(one["old"]) for one in entry["changes"])
        values.update((one["element"], one["new"]) for one in entry["changes"])
        if entry["action"] == "delete":
            del state[key]
    return state


def live() -> dict[str, Any]:
    """As it is in the tables."""
    mine = {"account_id": NORTHWIND}
    objects = ConfigurationObject.objects.filter(**mine, deleted=False)
    return (
        {f"{row.type} {row.number}": row.values for row in objects}
        | {f"account {NORTHWIND}": facts.of_account(Account.objects.get(id=NORTHWIND))}
        | {
            f"dataType {row.data_type}": facts.of_data_type(row)
            for row in AccountDataType.objects.filter(**mine)
        }
        | {f"apiKey {row.id}": facts.of_api_key(row) for row in ApiKey.objects.filter(**mine)}
        | {f"writeKey {row.id}": facts.of_write_key(row) for row in WriteKey.objects.filter(**mine)}
        | {
            f"passwordRules {facts.PASSWORD_RULES.id}": facts.of_password_rules(row)
            for row in PasswordRules.objects.filter(**mine)
        }
    )


def said(values: dict[str, Any]) -> str:
    """The bytes of an object. An entry does not tell null from absent: what may be null has no other meaning when it is absent."""
    return canonical({element: value for element, value in values.items() if value is not None})


@pytest.mark.parametrize("seed", range(SEEDS))
def test_replaying_the_trail_gives_the_configuration_as_it_is(northwind: Caller, seed: int) -> None:
    walk = Walk(seed)
    while Change.objects.filter(account_id=NORTHWIND).count() < STEPS:
        for _ in range(20):
            walk.step()
    told, there = folded(), live()
    assert told.keys() == there.keys()
    assert [key for key in told if said(told[key]) != said(there[key])] == []
    assert list(check(OPERATOR, NORTHWIND)) == []
