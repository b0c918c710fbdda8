"""Whatever is done to an account: its trail, folded, is its configuration as it is, and each change begins where the last ended."""

import json
import os
from collections import defaultdict
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.platform.random_batches import batches
from tests.platform.test_configuration_states import do

from trunkline.platform.accounts import accounts, data_types, encryption, keys
from trunkline.platform.accounts.password_rules import set_password_rules
from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.actors import OPERATOR, Actor, Kind
from trunkline.platform.audit.check import check
from trunkline.platform.audit.entries import canonical
from trunkline.platform.audit.models import Change
from trunkline.platform.audit.projection import live_states
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import Refused

pytestmark = pytest.mark.django_db

NORTHWIND = "75555851"
LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
EXAMPLES, STEPS = (100, 10_000) if LONG else (10, 25)
ADMINISTRATOR = Actor(Kind.USER, "7", NORTHWIND, ADMINISTRATION)
SOME_DATA_TYPES = st.sampled_from(["agentActivity", "webSession", "engagement", "survey"])
PERMISSIONS = st.sampled_from(
    [["data-access"], ["audit-trail", "users"], ["collect"], ["collect", "backfill"]]
)


class Account(RuleBasedStateMachine):
    curve = ""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
        self.known: dict[str, set[int]] = defaultdict(set)
        self.keys: list[str] = []

    @rule(data=st.data())
    def objects(self, data: st.DataObject) -> None:
        batch = data.draw(batches(self.known))
        for row in refusable(lambda: do(batch)) or ():
            self.known[row.type].add(row.number)

    @rule(permissions=PERMISSIONS)
    def new_key(self, permissions: list[str]) -> None:
        made = refusable(lambda: keys.create_key(ADMINISTRATOR, NORTHWIND, name="k", permissions=permissions))
        if made:
            self.keys.append(made.id)

    @rule(data=st.data(), permissions=PERMISSIONS, revoke=st.booleans())
    def key(self, data: st.DataObject, permissions: list[str], revoke: bool) -> None:
        key = data.draw(st.sampled_from([*self.keys, "key_0"]))
        if revoke:
            refusable(lambda: keys.revoke_key(ADMINISTRATOR, NORTHWIND, key))
        else:
            refusable(lambda: keys.set_permissions(ADMINISTRATOR, NORTHWIND, key, permissions))

    @rule(name=SOME_DATA_TYPES, minutes=st.none() | st.integers(1, 3), on=st.booleans(), drop=st.booleans())
    def data_type(self, name: str, minutes: int | None, on: bool, drop: bool) -> None:
        if on:
            refusable(
                lambda: data_types.switch_on(
                    ADMINISTRATOR, NORTHWIND, name, inactivity_minutes=minutes, drop_late=drop
                )
            )
        else:
            data_types.switch_off(ADMINISTRATOR, NORTHWIND, name)

    @rule(
        name=st.sampled_from(["Northwind", "North", "Süd"]),
        time_zone=st.sampled_from(["UTC", "Asia/Tokyo", "x"]),
    )
    def settings(self, name: str, time_zone: str) -> None:
        refusable(lambda: accounts.set_settings(ADMINISTRATOR, NORTHWIND, name=name, time_zone=time_zone))

    @rule(length=st.integers(6, 10), history=st.none() | st.integers(0, 2))
    def password_rules(self, length: int, history: int | None) -> None:
        refusable(lambda: set_password_rules(ADMINISTRATOR, NORTHWIND, min_length=length, history=history))

    @rule(data=st.data(), number=st.integers(1, 4), change=st.booleans())
    def password(self, data: st.DataObject, number: int, change: bool) -> None:
        user = data.draw(st.sampled_from(sorted(self.known["user"] | {999})))
        password = f"correct horse battery {number}"
        refusable(
            lambda: set_user_password(ADMINISTRATOR, NORTHWIND, user, password, change_at_next_log_in=change)
        )

    @rule(on=st.booleans())
    def encryption(self, on: bool) -> None:
        if on:
            encryption.set_public_key(ADMINISTRATOR, NORTHWIND, self.curve)
        else:
            refusable(lambda: encryption.remove_public_key(ADMINISTRATOR, NORTHWIND))

    def teardown(self) -> None:
        try:
            assert list(check(OPERATOR, NORTHWIND)) == []
            assert folded() == lived()
        finally:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)


def refusable(deed: Any) -> Any:
    try:
        return deed()
    except Refused:
        return None


def folded() -> dict[tuple[str, str], str]:
    """What the documents alone make of the account."""
    there: dict[tuple[str, str], dict[str, Any]] = {}
    for text in (
        Change.objects.filter(account_id=NORTHWIND).order_by("number").values_list("document", flat=True)
    ):
        document = json.loads(text)
        key = (document["object"]["type"], document["object"]["id"])
        for change in document["changes"]:
            assert there.get(key, {}).get(change["element"]) == change["old"]
        new = {change["element"]: change["new"] for change in document["changes"]}
        there[key] = there.get(key, {}) | new
        if document["action"] == "delete":
            del there[key]
    return {key: as_bytes(values) for key, values in there.items()}


def lived() -> dict[tuple[str, str], str]:
    """The account as it is, of all that the trail ever named."""
    keys = Change.objects.filter(account_id=NORTHWIND).values_list("object_type", "object_id").distinct()
    return {key: as_bytes(values) for key, values in live_states(NORTHWIND, keys).items()}


def as_bytes(values: Any) -> str:
    """An element that is absent is null."""
    return canonical({name: value for name, value in values.items() if value is not None})


def test_the_trail_folds_to_the_configuration_and_each_change_begins_where_the_last_ended(curve: str) -> None:
    Account.curve = curve
    run_state_machine_as_test(
        Account,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )
