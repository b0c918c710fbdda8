"""The Domain API, and OAuth 2.0 as its clients see it."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.platform.conftest import CONTOSO, NORTHWIND

from trunkline.platform.auth.domains import SERVICES, base_uris

pytestmark = pytest.mark.django_db(databases="__all__")

DOMAINS = f"/api/account/{NORTHWIND}/service"
FORM = "application/x-www-form-urlencoded"


def test_one_service_has_one_host(settings: Any) -> None:
    settings.TRUNKLINE = replace(settings.TRUNKLINE, platform_url="https://localhost:8443")
    body = Client().get(f"{DOMAINS}/agentVep/baseURI.json?version=1.0").json()
    assert body == {"service": "agentVep", "account": NORTHWIND, "baseURI": "localhost:8443"}


def test_all_services_and_several_are_listed() -> None:
    everything = Client().get(f"{DOMAINS}/baseURI.json?version=1.0").json()["baseURIs"]
    assert [found["service"] for found in everything] == list(SERVICES)
    assert {found["baseURI"] for found in everything} == {"data.example.com"}
    several = Client().get(f"{DOMAINS}/baseURI?version=1.0&services=sentinel,nothing,agentVep").json()
    assert [found["service"] for found in several["baseURIs"]] == ["sentinel", "agentVep"]


@pytest.mark.parametrize("service", ["agentvep", "msgHist", "baseURI.json", "\u00e9", "x" * 500])
def test_a_service_that_there_is_not_is_named_so(service: str) -> None:
    response = Client().get(f"{DOMAINS}/{service}/baseURI.json")
    assert response.status_code == 404
    assert response.json()["error"]["reason"] == "no_service"


def test_an_account_that_does_not_exist_is_answered_as_one_that_does(northwind: Any) -> None:
    for path in ("baseURI.json", "agentVep/baseURI.json", "nothing/baseURI.json", "baseURI?services=x"):
        there = Client().get(f"/api/account/{NORTHWIND}/service/{path}")
        missing = Client().get(f"/api/account/11111111/service/{path}")
        assert missing.status_code == there.status_code
        assert missing.content.replace(b"11111111", NORTHWIND.encode()) == there.content


@pytest.mark.parametrize("account_id", ["a b", "x" * 21, "..", "%00"])
def test_what_is_no_account_id_is_refused(account_id: str) -> None:
    assert Client().get(f"/api/account/{account_id}/service/baseURI.json").status_code in (400, 404)


@given(st.lists(st.one_of(st.sampled_from(SERVICES), st.text(max_size=5))))
def test_whatever_is_asked_only_services_that_there_are_are_answered_each_once(names: list[str]) -> None:
    found = [entry["service"] for entry in base_uris(NORTHWIND, "https://x.example", names)]
    assert set(found) == set(names) & set(SERVICES)
    assert len(found) == len(set(found))


def ask(account_id: str = NORTHWIND, version: str = "/v2", **form: str) -> Any:
    path = f"/sentinel/api{version}/account/{account_id}/app/token"
    return Client().post(path, urlencode(form), content_type=FORM)


def client(caller: Any, **changes: str) -> dict[str, str]:
    values = {"grant_type": "client_credentials", "client_id": caller.key.app_key}
    return values | {"client_secret": caller.key.secret} | changes


@pytest.mark.parametrize("version", ["/v2", ""])
def test_an_api_key_is_a_client_under_both_addresses(northwind: Any, version: str) -> None:
    body = ask(version=version, **client(northwind)).json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "data-access")
    path = f"/data_access_le/account/{NORTHWIND}/le"
    authorization = f"{body['token_type']} {body['access_token']}"
    assert Client().get(path, headers={"Authorization": authorization}).status_code == 200
    assert Client().get("/sentinel/well-known/jwks").json()["keys"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
    ],
)
def test_a_refusal_is_worded_as_oauth_has_it(
    northwind: Any, changes: dict[str, str], status: int, error: str
) -> None:
    response = ask(**client(northwind, **changes))
    assert (response.status_code, response.json()["error"]) == (status, error)


def test_a_key_of_one_account_gets_no_token_of_another(northwind: Any, contoso: Any) -> None:
    assert ask(CONTOSO, **client(northwind)).status_code == 401
