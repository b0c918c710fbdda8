"""Accounts never see each other: every route with every key that is not its own."""

import itertools
import re
from typing import Any

import pytest
from django.test import Client
from ninja.openapi.schema import get_schema
from tests.platform.conftest import CONTOSO, NORTHWIND, a_run, data_file

from trunkline.clock import HOUR_MS
from trunkline.platform.accounts import accounts, keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.api import api
from trunkline.platform.data_access.catalogue import DatabaseCatalogue

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR = 1461387600000
FILE = f"Agent.{HOUR}.{HOUR + HOUR_MS}.part-00000-0.gz"
VALUES = {
    "data_type": ["agentActivity", "survey", "x"],
    "file_name": [FILE, FILE.removesuffix(".gz"), "x"],
}
QUERIES = [
    "",
    "?startTime=0&endTime=9999999999999",
    "?startTime=x",
    "?schemaId=latest",
    "?schemaId=x&dataType=y",
]


def routes(account_id: str) -> list[tuple[str, str]]:
    """Every operation of the OpenAPI document with every value, so that a new route is in this test by itself."""
    found = []
    for path, operations in get_schema(api=api)["paths"].items():
        proven = [method for method, operation in operations.items() if "security" in operation]
        names = re.findall(r"\{(\w+)\}", path)
        for values in itertools.product(*(VALUES.get(name, ["x"]) for name in names)):
            concrete = path.format(**dict(zip(names, values, strict=True)) | {"account_id": account_id})
            found += [(method.upper(), concrete + query) for method in proven for query in QUERIES]
    return sorted(set(found))


def shown(response: Any) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, body, headers


def test_a_foreign_account_and_one_that_does_not_exist_cannot_be_told_apart(
    northwind: Any, contoso: Any, publish: Any
) -> None:
    publish(NORTHWIND, HOUR, b"canary-of-northwind")
    asked = list(zip(routes(NORTHWIND), routes("11111111"), strict=True))
    assert len(asked) > 100
    for (method, foreign), (_, missing) in asked:
        one, other = contoso.get(foreign, method=method), contoso.get(missing, method=method)
        assert shown(one) == shown(other)
        assert one.status_code in (400, 404)
        assert NORTHWIND.encode() not in one.content
        assert b"canary" not in one.content


def test_every_route_refuses_whoever_does_not_sign(northwind: Any, publish: Any) -> None:
    publish(NORTHWIND, HOUR)
    for method, path in routes(NORTHWIND):
        assert Client().generic(method, path).status_code == 401


def test_every_route_asks_for_the_permission(northwind: Any, publish: Any) -> None:
    from trunkline.platform.accounts.models import ApiKey

    publish(NORTHWIND, HOUR)
    ApiKey.objects.update(permissions=["collect"])
    for method, path in routes(NORTHWIND):
        assert northwind.get(path, method=method).status_code in (400, 403)


def test_the_file_of_one_account_is_not_found_under_another(
    northwind: Any, contoso: Any, publish: Any
) -> None:
    publish(NORTHWIND, HOUR, b"of northwind")
    assert contoso.le(f"/agentActivity/{FILE}").json()["error"]["reason"] == "no_file"
    assert contoso.le("/agentActivity?startTime=0&endTime=9999999999999").status_code == 404


def test_two_accounts_may_have_files_of_one_name_and_each_gets_its_own(
    northwind: Any, contoso: Any, store: Any
) -> None:
    files = [data_file(account_id, HOUR, account_id.encode()) for account_id in (NORTHWIND, CONTOSO)]
    for file in files:
        store.write(file.key, file.account_id.encode())
    DatabaseCatalogue().publish(a_run(HOUR, *files))
    for caller in (northwind, contoso):
        got = b"".join(caller.le(f"/agentActivity/{FILE}").streaming_content)
        assert got == caller.account_id.encode()
        listing = caller.le("/agentActivity?startTime=0&endTime=9999999999999").json()["dataAccessFiles"]
        assert [file["@href"].split("/")[5] for file in listing["file"]] == [caller.account_id]


def test_account_ids_that_differ_in_case_are_two_accounts(make_account: Any) -> None:
    lower, upper = make_account("brand", "One", "UTC"), make_account("BRAND", "Other", "UTC")
    assert lower.le().json()["le"]["@accountId"] == "brand"
    assert upper.get("/data_access_le/account/brand/le").status_code == 404


def test_a_secret_sealed_for_one_account_does_not_serve_another(northwind: Any, contoso: Any) -> None:
    """Whoever can write to the database still cannot move a key to another account."""
    from trunkline.platform.accounts.models import ApiKey
    from trunkline.platform.sealing import CannotOpen

    ApiKey.objects.filter(id=northwind.key.id).update(account_id=CONTOSO)
    with pytest.raises(CannotOpen):
        from trunkline.platform.auth.authenticate import authenticate
        from trunkline.platform.auth.oauth1 import SignedRequest
        from trunkline.platform.seen import Seen

        url = f"https://data.example.com/data_access_le/account/{CONTOSO}/le"
        authenticate(SignedRequest("GET", url, "", northwind.sign(url)["Authorization"]), Seen())


def test_an_account_that_is_made_later_does_not_inherit_keys(northwind: Any) -> None:
    accounts.create_account(OPERATOR, CONTOSO, name="Contoso", time_zone="UTC")
    assert keys.keys_of(OPERATOR, CONTOSO) == []
