"""Whoever may do something may do it by every kind of proof, and nobody more by one than by another."""

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import CONTOSO, NORTHWIND, URL, Caller

from trunkline.platform.accounts import keys, users
from trunkline.platform.accounts.models import ApiKey
from trunkline.platform.actors import OPERATOR
from trunkline.platform.api import api
from trunkline.platform.auth import client_tokens, logins
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import PROFILE, USER
from trunkline.platform.configuration.types.profile import PACKAGE_OF, packages_for
from trunkline.platform.permissions import Permission
from trunkline.platform.seen import Seen

pytestmark = pytest.mark.django_db(databases="__all__")

HERE = Seen(address="203.0.113.7")
NOTHING = "999999999"
VALUES = {"data_type": "agentActivity", "object_id": NOTHING}
QUERIES = {"listFiles": "?startTime=0&endTime=9999999999999", "schema": "?schemaId=latest"}
# Bodies that can be read, and that the verb refuses once it has looked at the permission.
BODIES: dict[str, Any] = {
    "auditData": {"query": "{auditData {objectType}}"},
    "replaceSettings": {"name": "", "timeZone": "UTC"},
    "replacePasswordRules": {"minLength": 1, "strength": 0, "history": 0, "expiryDays": 0},
    "replaceDataTypeRules": {"switchedOn": True, "schemaVersion": "none"},
    "replaceEncryption": {"key": "none"},
    "createKey": {"name": "", "permissions": ["collect"]},
    "replaceKeyPermissions": {"permissions": ["data-access"]},
}

EVERYTHING = sorted(PACKAGE_OF)
# With all five, any two permissions are apart in one of the sets.
BITS = range(5 if os.environ.get("TRUNKLINE_TEST_LONG") else 1)
SETS = [frozenset(EVERYTHING), frozenset[Permission]()] + [
    frozenset(name for place, name in enumerate(EVERYTHING) if place >> bit & 1 == odd)
    for bit in BITS
    for odd in (0, 1)
]

Ask = Callable[[str, str, str], Any]
"""Method, path and body."""

OPERATIONS = [
    (method.upper(), path, str(operation["operationId"]), "requestBody" in operation)
    for path, operations in api.get_openapi_schema()["paths"].items()
    for method, operation in operations.items()
    if "security" in operation
]


class Everybody:
    """A key, a client of that key and a user, all of one account and all with the same permissions."""

    def __init__(self, account_id: str, caller: Caller) -> None:
        self._account_id = account_id
        self._caller = caller
        # Somebody must be left who administers the account.
        users.create_administrator(OPERATOR, account_id, "ada", "correct horse battery")
        [self._profile] = objects.create_objects(OPERATOR, account_id, PROFILE, [{"name": "Under test"}])
        values = {"loginName": "tester", "profileIds": [self._profile.number]}
        [user] = objects.create_objects(OPERATOR, account_id, USER, [values])
        self._log_in = logins.begin(user, HERE, logins.LogInKind.API, "login")
        self._token = client_tokens.issue(account_id, caller.key.app_key, caller.key.secret, seen=HERE)

    def permit(self, permissions: frozenset[Permission]) -> None:
        if permissions:
            keys.set_permissions(OPERATOR, self._account_id, self._caller.key.id, permissions)
        else:
            ApiKey.objects.filter(id=self._caller.key.id).update(permissions=[])
        values = {"name": "Under test", "permissionPackages": packages_for(permissions)}
        objects.replace_objects(OPERATOR, self._account_id, PROFILE, {self._profile.number: values})

    def by_every_proof(self) -> dict[str, Ask]:
        return {
            "signature": lambda method, path, body: send(
                method, path, body, self._caller.sign(URL + path, method)["Authorization"]
            ),
            "access token": lambda method, path, body: send(
                method, path, body, f"Bearer {self._token.token}"
            ),
            "log-in": lambda method, path, body: send(method, path, body, f"Bearer {self._log_in.token}"),
        }


def send(method: str, path: str, body: str, authorization: str) -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    client = Client(raise_request_exception=False)
    return client.generic(method, path, body, content_type="application/json", headers=headers)


def request(operation: tuple[str, str, str, bool], account_id: str) -> tuple[str, str, str]:
    method, path, name, has_body = operation
    filled = re.sub(
        r"\{(\w+)\}", lambda match: VALUES.get(match[1], "x"), path.replace("{account_id}", account_id)
    )
    # Of several objects, one that is not there: nothing is changed by whoever may.
    several = "" if path.endswith("}") else f"?ids={NOTHING}"
    query = QUERIES.get(name, several if method == "DELETE" else "")
    default: Any = [{"id": int(NOTHING)}] if method == "PUT" and several else {}
    return method, filled + query, json.dumps(BODIES.get(name, default)) if has_body else ""


def told(response: Any) -> tuple[int, str]:
    """The status, and the word for programs where it is an error."""
    if response.status_code < 400 or response.streaming or not response.content:
        return response.status_code, ""
    return response.status_code, str(response.json().get("error", {}).get("reason", ""))


@pytest.fixture
def everybody(northwind: Caller) -> Everybody:
    return Everybody(NORTHWIND, northwind)


def test_every_operation_permits_the_same_to_every_kind_of_actor(everybody: Everybody) -> None:
    found: dict[str, set[int]] = {}
    for permissions in SETS:
        everybody.permit(permissions)
        for operation in OPERATIONS:
            asked = request(operation, NORTHWIND)
            answers = {name: told(ask(*asked)) for name, ask in everybody.by_every_proof().items()}
            assert len(set(answers.values())) == 1, (operation, sorted(permissions), answers)
            found.setdefault(operation[2], set()).add(answers["signature"][0])
            if permissions == SETS[0]:
                assert answers["signature"][0] not in (401, 403), operation
            if not permissions:
                assert answers["signature"][0] == 403, operation
    # What some permission opens, another does not.
    assert [name for name, statuses in found.items() if len(statuses) < 2] == []


def test_no_operation_tells_one_kind_of_actor_more_of_another_account_than_another(
    everybody: Everybody, contoso: Caller
) -> None:
    everybody.permit(SETS[0])
    for operation in OPERATIONS:
        foreign, missing = request(operation, CONTOSO), request(operation, "11111111")
        answers = {
            told(ask(*asked)) for ask in everybody.by_every_proof().values() for asked in (foreign, missing)
        }
        assert len(answers) == 1, (operation, answers)
        assert answers.pop()[0] in (400, 404)


def test_no_operation_answers_whoever_proves_nothing(everybody: Everybody) -> None:
    for operation in OPERATIONS:
        for authorization in ("", "Bearer ", "Bearer x", "Basic eDp4", "OAuth x"):
            assert send(*request(operation, NORTHWIND), authorization).status_code == 401


@pytest.mark.parametrize("deed", ["disable", "take the profile"])
def test_what_is_taken_from_a_user_is_gone_at_its_next_request(everybody: Everybody, deed: str) -> None:
    everybody.permit(SETS[0])
    by_log_in = everybody.by_every_proof()["log-in"]
    user = ConfigurationObject.objects.get(type="user", name="tester")
    change = {"isEnabled": False} if deed == "disable" else {"profileIds": []}
    objects.replace_objects(OPERATOR, NORTHWIND, USER, {user.number: {**user.values, **change}})
    for operation in OPERATIONS:
        status = by_log_in(*request(operation, NORTHWIND)).status_code
        assert status == 401 if deed == "disable" else status in (400, 403)
