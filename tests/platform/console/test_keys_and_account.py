"""API keys and data types at the console."""

import re
from collections.abc import Callable

import pytest
from tests.platform.conftest import NORTHWIND
from tests.platform.console.conftest import Person, last_change

from trunkline.platform.accounts.models import AccountDataType, ApiKey, WriteKey
from trunkline.platform.permissions import Permission
from trunkline.schemas import registry

VERSION = registry.versions("webSession")[0]

pytestmark = pytest.mark.django_db(databases="__all__")


def test_an_api_key_is_made_shown_once_changed_and_revoked(ada: Person) -> None:
    made = ada.post("keys/new", name="reports", permission=["data-access", "skills:read"]).content.decode()
    assert "It is shown this once" in made
    app_key, *secrets = re.findall(r'id="value-\d">([^<]+)<', made)
    assert len(secrets) == 3
    key = ApiKey.objects.get(account_id=NORTHWIND, name="reports")
    assert key.app_key == app_key
    page = ada.get(f"keys/{key.id}").content.decode()
    assert app_key in page
    assert not any(secret in page for secret in secrets)

    assert ada.post(f"keys/{key.id}", permission=["data-access"]).status_code == 302
    assert last_change()["changes"] == [
        {"element": "permissions", "old": ["data-access", "skills:read"], "new": ["data-access"]}
    ]
    refused = ada.post(f"keys/{key.id}")
    assert refused.status_code == 400
    assert "A key needs at least one of the permissions" in refused.content.decode()

    assert "refused from the next request on" in ada.get(f"keys/{key.id}/revoke").content.decode()
    assert ada.post(f"keys/{key.id}/revoke").status_code == 302
    key.refresh_from_db()
    assert key.revoked
    assert ">reports<" not in ada.get("keys").content.decode()
    assert ">reports<" in ada.get("keys?revoked=1").content.decode()


def test_what_is_wrong_with_a_new_key_is_said_and_what_was_typed_stays(ada: Person) -> None:
    answer = ada.post("keys/new", name="shop", permission=["collect-from-browser"], origins="shop")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'value="shop"' in page
    assert 'value="collect-from-browser" checked' in page
    good = ada.post(
        "keys/new",
        name="shop",
        permission=["collect-from-browser"],
        origins="https://a.example\nhttps://b.example",
    )
    assert "shown this once" not in good.content.decode()
    assert WriteKey.objects.get(name="shop").origins == ["https://a.example", "https://b.example"]


def test_nobody_gives_a_key_what_they_may_not_do(make_person: Callable[..., Person]) -> None:
    grace = make_person("grace", Permission.KEYS)
    assert grace.post("keys/new", name="mine", permission=["users"]).status_code == 403
    assert not ApiKey.objects.filter(name="mine").exists()
    assert make_person("alan", Permission.SKILLS).get("keys").status_code == 403


def test_data_types_are_switched_with_their_rules(ada: Person) -> None:
    path = "account/data-types/webSession"
    form = {"switched_on": "1", "inactivity-minutes": "20", "maximum-hours": "", "schema-version": VERSION}
    wrong = ada.post(path, **form | {"inactivity-minutes": "soon"})
    assert wrong.status_code == 400
    assert 'value="soon"' in wrong.content.decode()
    assert ada.post(path, **form).status_code == 302
    row = AccountDataType.objects.get(account_id=NORTHWIND, data_type="webSession")
    assert (row.switched_on, row.inactivity_minutes, row.maximum_hours) == (True, 20, None)
    assert "20 minutes" in ada.get("account").content.decode()
    assert ada.post(path, **{"schema-version": VERSION}).status_code == 302
    row.refresh_from_db()
    assert (row.switched_on, row.inactivity_minutes) == (False, 20)
