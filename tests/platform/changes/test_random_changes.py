"""Bars C2 to C4: after any sequence of changes the entries make what is there, and the shadow saw what they say."""

import os
import random
from collections.abc import Callable

import pytest
from tests.platform.conftest import NORTHWIND

from trunkline.platform.accounts import accounts, data_types, keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.check import check
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import AGENT_GROUP, LOB, PROFILE, SKILL, STATUS_REASON, USER
from trunkline.platform.refusals import Refused

LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
SEEDS, STEPS = (100, 10_000) if LONG else (10, 60)
NAMES = ("Billing", "billing", "Straße", "Ωmega", "a" * 200, "'; DROP TABLE x; --", "😀", "Loans")
TYPES = (SKILL, LOB, STATUS_REASON, AGENT_GROUP, PROFILE, USER)

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(36_000 if LONG else 300)]


class Account:
    """Somebody who changes whatever comes to mind; what is refused is refused."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._live: dict[str, list[int]] = {object_type.name: [] for object_type in TYPES}
        self._keys: list[str] = []

    def step(self) -> None:
        verbs: tuple[Callable[[], None], ...] = (
            self.create,
            self.replace,
            self.replace,
            self.delete,
            self.key,
            self.data_type,
        )
        self._chance.choice(verbs)()

    def create(self) -> None:
        object_type = self._chance.choice(TYPES)
        batch = [self._values(object_type.named_by) for _ in range(self._chance.choice((1, 1, 3)))]
        made = objects.create_objects(OPERATOR, NORTHWIND, object_type, batch)
        self._live[object_type.name] += [row.number for row in made]

    def replace(self) -> None:
        object_type = self._chance.choice(TYPES)
        number = self._chance.choice(self._live[object_type.name] or [4711])
        objects.replace_objects(
            OPERATOR, NORTHWIND, object_type, {number: self._values(object_type.named_by)}
        )

    def delete(self) -> None:
        object_type = self._chance.choice(TYPES)
        number = self._chance.choice(self._live[object_type.name] or [4711])
        objects.delete_objects(OPERATOR, NORTHWIND, object_type, [number])
        self._live[object_type.name].remove(number)

    def key(self) -> None:
        if self._keys and self._chance.random() < 0.5:
            keys.revoke_key(OPERATOR, NORTHWIND, self._chance.choice(self._keys))
            return
        permission = self._chance.choice(("data-access", "collect"))
        self._keys.append(keys.create_key(OPERATOR, NORTHWIND, name="a key", permissions=[permission]).id)

    def data_type(self) -> None:
        if self._chance.random() < 0.3:
            data_types.switch_off(OPERATOR, NORTHWIND, "webSession")
            return
        minutes = self._chance.choice((None, 10, 30))
        data_types.switch_on(OPERATOR, NORTHWIND, "webSession", inactivity_minutes=minutes)

    def _values(self, named_by: str) -> dict[str, object]:
        values: dict[str, object] = {named_by: self._chance.choice(NAMES)[:100]}
        if self._live["lob"] and self._chance.random() < 0.3:
            values["lobIds"] = [self._chance.choice(self._live["lob"])]
        if self._chance.random() < 0.5:
            values["description"] = self._chance.choice(NAMES)
        return values


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_entries_make_what_is_there(seed: int) -> None:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    account, refused = Account(seed), 0
    for _ in range(STEPS):
        try:
            account.step()
        except Refused:
            refused += 1
    assert list(check(OPERATOR, NORTHWIND)) == []
    assert refused < STEPS
    assert Change.objects.filter(account_id=NORTHWIND).count() > STEPS / 10
