"""Each address that can change something leaves a change in the trail or a notice in the security log, or says why not."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL, Caller
from tests.platform.test_what_is_recorded import ADA, PASSWORD

from trunkline.platform.accounts import encryption, keys, users
from trunkline.platform.accounts.key_permissions import API_PERMISSIONS
from trunkline.platform.actors import OPERATOR
from trunkline.platform.api import api
from trunkline.platform.audit.models import Change, Notice
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import OBJECT_TYPES

pytestmark = pytest.mark.django_db(databases="__all__")

READING = ("get", "head")


class World:
    """Northwind, a key that may do all, and whatever the deeds need."""

    def __init__(self, caller: Caller, curve: str) -> None:
        self.curve = curve
        self.key = keys.create_key(OPERATOR, NORTHWIND, name="all of it", permissions=sorted(API_PERMISSIONS))
        self._caller = Caller(NORTHWIND, self.key)
        self.other_key = caller.key.id
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, path: str, body: Any) -> Any:
        signed = "/login" not in path and "/logout" not in path and "/sentinel" not in path
        headers = self._caller.sign(URL + path, method.upper()) if signed else {}
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        text = body if isinstance(body, str) else json.dumps(body)
        return self.client.generic(method.upper(), path, text, kind, headers=headers)

    def log_in(self) -> Any:
        users.create_administrator(OPERATOR, NORTHWIND, ADA, PASSWORD)
        return {"username": ADA, "password": PASSWORD}

    def log_out(self) -> Any:
        begun = self.send("post", f"/api/account/{NORTHWIND}/login", self.log_in()).json()
        return {"csrf": begun["csrf"]}

    def token(self) -> str:
        return f"grant_type=client_credentials&client_id={self.key.app_key}&client_secret={self.key.secret}"

    def encrypted(self) -> None:
        encryption.set_public_key(OPERATOR, NORTHWIND, self.curve)


Prepared = Callable[[World], tuple[str, Any]]
"""What is put for the last part of the address, and the body."""

DEEDS: dict[str, Prepared] = {
    "auditData": lambda _world: ("", {"query": "{auditData {objectType}}"}),
    "changeSettings": lambda _world: ("", {"name": "North"}),
    "changeDataType": lambda _world: ("webSession", {}),
    "changeEncryption": lambda world: ("", {"publicKey": world.curve}),
    "deleteEncryption": lambda world: ("", world.encrypted()),
    "createApiKey": lambda _world: ("", {"name": "k", "permissions": ["collect"]}),
    "changeApiKey": lambda world: (world.other_key, {"permissions": ["audit-trail"]}),
    "revokeApiKey": lambda world: (world.other_key, None),
    "login": lambda world: ("", world.log_in()),
    "logout": lambda world: ("", world.log_out()),
    "token": lambda world: ("", world.token()),
    "tokenV1": lambda world: ("", world.token()),
}
HARMLESS = {"refresh": "lengthens a log-in that is noted; nobody can do more by it than before"}


def deeds_of(object_type: Any) -> Iterator[tuple[str, Prepared]]:
    name = object_type.name[0].upper() + object_type.name[1:]
    written, other = {object_type.named_by: "One"}, {object_type.named_by: "Other"}
    if object_type.name == "agentGroup":
        written["parentGroupId"] = other["parentGroupId"] = 1

    def made() -> int:
        [row] = objects.create_objects(OPERATOR, NORTHWIND, object_type, [written])
        return row.number

    yield f"create{name}", lambda _world: ("", written)
    yield f"replace{name}", lambda _world: (str(made()), other)
    yield f"replace{name}s", lambda _world: ("", [{"id": made(), **other}])
    yield f"delete{name}", lambda _world: (str(made()), None)
    yield f"delete{name}s", lambda _world: (f"?ids={made()}", None)


for one in OBJECT_TYPES:
    DEEDS.update(deeds_of(one))

ROUTES = {
    str(operation["operationId"]): (method, path)
    for path, operations in api.get_openapi_schema()["paths"].items()
    for method, operation in operations.items()
    if method not in READING
}


@pytest.fixture
def world(northwind: Caller, curve: str) -> World:
    return World(northwind, curve)


def recorded() -> int:
    return Change.objects.count() + sum(Notice.objects.values_list("count", flat=True))


@pytest.mark.parametrize("operation", sorted(ROUTES.keys() - HARMLESS.keys()))
def test_what_an_operation_does_is_recorded(world: World, operation: str) -> None:
    method, path = ROUTES[operation]
    last, body = DEEDS[operation](world)
    address = re.sub(r"\{\w+\}", last, path.replace("{account_id}", NORTHWIND))
    if last.startswith("?"):
        address += last
    before = recorded()
    answer = world.send(method, address, body)
    assert answer.status_code < 300, answer.content
    assert recorded() > before


def test_every_operation_that_changes_is_in_this_list_once() -> None:
    assert ROUTES.keys() == DEEDS.keys() | HARMLESS.keys()
    assert not DEEDS.keys() & HARMLESS.keys()
