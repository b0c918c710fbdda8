"""Settings, data types, encryption and keys over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL, Caller

from trunkline.platform.accounts import keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.permissions import Permission

pytestmark = pytest.mark.django_db

BASE = f"/api/account/{NORTHWIND}/configuration/trunkline/"

Ask = Callable[..., Any]


def asking(permissions: list[Permission]) -> Ask:
    key = keys.create_key(OPERATOR, NORTHWIND, name="configurer", permissions=permissions)
    caller = Caller(NORTHWIND, key)

    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = caller.sign(URL + BASE + path, method)
        data = b"" if body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False)
        return client.generic(method, BASE + path, data, "application/json", headers=headers)

    return ask


@pytest.fixture
def ask(northwind: Caller) -> Ask:
    return asking([Permission.CONFIGURE, Permission.KEYS])


def last_change() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Change.objects.order_by("-number")[0].document)
    return found


def test_settings_change_by_what_is_sent_and_stand_in_the_trail(ask: Ask) -> None:
    before = ask("GET", "settings").json()
    assert before == {
        "id": NORTHWIND,
        "name": "Northwind",
        "timeZone": "America/New_York",
        "passwordRules": {"minLength": 12, "strength": 2, "history": 5, "expiryDays": 0},
    }
    assert ask("PUT", "settings", {"timeZone": "UTC"}).json() == before | {"timeZone": "UTC"}
    assert last_change()["changes"] == [{"element": "timeZone", "old": "America/New_York", "new": "UTC"}]
    after = ask("PUT", "settings", {"name": "North", "passwordRules": {"minLength": 14}}).json()
    assert (after["name"], after["passwordRules"]["minLength"]) == ("North", 14)


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("settings", {"timeZone": "Mars/Base"}, "timeZone"),
        ("settings", {"name": ""}, "name"),
        ("settings", {"name": "x", "passwordRules": {"minLength": 3}}, "minLength"),
        ("settings", {"id": "1"}, "id"),
        ("data-types/agentActivity", {"schemaVersion": "0"}, "schemaVersion"),
        ("data-types/agentActivity", {"inactivityMinutes": 0}, "inactivityMinutes"),
        ("data-types/nothing", {}, "dataType"),
        ("encryption", {"publicKey": "x"}, "publicKey"),
    ],
)
def test_what_cannot_be_is_named_as_it_was_sent_and_nothing_changes(
    ask: Ask, path: str, sent: Any, field: str
) -> None:
    before = Change.objects.count()
    answer = ask("PUT", path, sent)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert Change.objects.count() == before


def test_data_types_are_switched_with_their_rules(ask: Ask) -> None:
    shown = ask("PUT", "data-types/webSession", {"inactivityMinutes": 20}).json()
    assert (shown["switchedOn"], shown["inactivityMinutes"]) == (True, 20)
    off = ask("PUT", "data-types/webSession", {"switchedOn": False, "inactivityMinutes": 20}).json()
    assert off == shown | {"switchedOn": False}
    assert ask("GET", "data-types").json()[-1] == off


def test_a_public_key_is_set_shown_and_removed(ask: Ask, curve: str) -> None:
    assert ask("GET", "encryption").status_code == 404
    shown = ask("PUT", "encryption", {"publicKey": curve}).json()
    assert ask("GET", "encryption").json() == shown
    assert shown["publicKey"].startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert ask("DELETE", "encryption").status_code == 204
    assert ask("GET", "encryption").status_code == 404
    assert (last_change()["object"]["type"], last_change()["action"]) == ("publicKey", "delete")


def test_a_key_is_shown_once(ask: Ask) -> None:
    made = ask("POST", "api-keys", {"name": "portal", "permissions": ["api-keys"]})
    assert made.status_code == 201
    assert set(made.json()) == {"id", "appKey", "secret", "accessToken", "accessTokenSecret"}
    token = ask("POST", "api-keys", {"name": "crm", "permissions": ["collect"]}).json()
    assert set(token) == {"id", "token"}
    listed = ask("GET", "api-keys")
    assert {"portal", "crm"} <= {one["name"] for one in listed.json()}
    secrets = [made.json()[name] for name in ("secret", "accessToken", "accessTokenSecret")] + [
        token["token"]
    ]
    kept = listed.content.decode() + "".join(Change.objects.values_list("document", flat=True))
    assert not any(secret in kept for secret in secrets)


def test_a_key_gets_other_permissions_and_is_revoked(ask: Ask) -> None:
    made = ask("POST", "api-keys", {"name": "crm", "permissions": ["collect"]}).json()
    address = f"api-keys/{made['id']}"
    both = ["backfill", "collect"]
    assert ask("PUT", address, {"permissions": both}).json()["permissions"] == both
    refused = ask("PUT", address, {"permissions": ["users"]})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "permissions")
    assert ask("DELETE", address).status_code == 204
    assert next(one for one in ask("GET", "api-keys").json() if one["id"] == made["id"])["revoked"]
    assert ask("PUT", address, {"permissions": both}).status_code == 409
    beyond = ask("POST", "api-keys", {"name": "x", "permissions": ["users"]})
    assert (beyond.status_code, beyond.json()["error"]["field"]) == (403, "permission")


def test_each_needs_its_permission(northwind: Caller) -> None:
    configures, makes_keys = asking([Permission.CONFIGURE]), asking([Permission.KEYS])
    for path in ("settings", "data-types", "encryption"):
        assert makes_keys("GET", path).status_code == 403
        assert configures("GET", path).status_code in (200, 404)
    assert configures("GET", "api-keys").status_code == 403
    assert makes_keys("GET", "api-keys").status_code == 200
