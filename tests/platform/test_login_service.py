"""The Login Service as its clients see it."""

import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from tests.platform.conftest import CONTOSO, NORTHWIND

from trunkline.platform.accounts import keys, users
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Notice
from trunkline.platform.audit.notices import Event
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import USER

pytestmark = pytest.mark.django_db(databases="__all__")

ADA, PASSWORD = "ada@northwind.example", "correct horse battery"
URL = f"/api/account/{NORTHWIND}"


@pytest.fixture
def ada(northwind: Any) -> Any:
    return users.create_administrator(OPERATOR, NORTHWIND, ADA, PASSWORD)


def post(what: str, body: Any, client: Client | None = None, **headers: str) -> Any:
    sent = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (client or Client()).post(f"{URL}/{what}", sent, content_type="application/json", headers=named)


def log_in(client: Client | None = None, **changes: Any) -> Any:
    return post("login?v=1.3", {"username": ADA, "password": PASSWORD, **changes}, client)


def with_bearer(bearer: str) -> int:
    path = f"/data_access_le/account/{NORTHWIND}/le"
    return Client().get(path, headers={"Authorization": f"Bearer {bearer}"}).status_code


def test_a_log_in_answers_the_published_members(ada: Any) -> None:
    response = log_in()
    body = response.json()
    assert response.status_code == 200
    assert set(body) >= {
        "csrf",
        "wsuk",
        "config",
        "csdsCollectionResponse",
        "accountData",
        "sessionTTl",
        "bearer",
    }
    assert re.fullmatch("[0-9a-f]{64}", body["bearer"])
    assert body["sessionTTl"] == "28800000"
    config = body["config"]
    assert (config["loginName"], config["userId"]) == (ADA, str(ada.number))
    assert (config["isAdmin"], config["isLPA"]) == (True, False)
    assert config["accountTimeZoneId"] == "America/New_York"
    assert 10015 in config["userPrivileges"]
    assert {"account": NORTHWIND, "baseURI": "data.example.com", "service": "agentVep"} in body[
        "csdsCollectionResponse"
    ]["baseURIs"]
    [group] = body["accountData"]["agentGroupsData"]["items"]
    assert (group["name"], group["deleted"]) == ("Northwind", False)


def test_the_cookie_is_for_this_account_over_tls_and_not_for_scripts(ada: Any) -> None:
    cookie = log_in().cookies["Session_id"]
    assert cookie["secure"] and cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Strict", URL)


def test_an_agent_is_no_administrator_and_sees_the_groups_it_is_in(ada: Any) -> None:
    from trunkline.platform.audit.trail import changing

    [agent] = objects.create_objects(OPERATOR, NORTHWIND, USER, [{"loginName": "agent"}])
    with changing(OPERATOR, NORTHWIND) as trail:
        users.set_password(trail, agent, PASSWORD)
    body = log_in(username="agent").json()
    assert body["config"]["isAdmin"] is False
    assert body["config"]["userPrivileges"] == []
    assert body["accountData"]["agentGroupsData"]["items"] == []


def test_the_bearer_opens_what_the_user_may_do_until_the_next_log_in(ada: Any) -> None:
    first = log_in().json()["bearer"]
    # An administrator may do much, and has no permission for data files.
    assert with_bearer(first) == 403
    second = log_in().json()["bearer"]
    assert (with_bearer(first), with_bearer(second)) == (401, 403)


def test_refresh_and_logout_need_the_cookie_and_its_csrf(ada: Any) -> None:
    client = Client()
    body = log_in(client).json()
    assert post("refresh", {"csrf": body["csrf"]}, client).status_code == 200
    assert post("refresh", {"csrf": body["csrf"]}).status_code == 401
    assert post("logout", {"csrf": body["csrf"]}, client).content == b""
    assert with_bearer(body["bearer"]) == 401
    assert post("refresh", {"csrf": body["csrf"]}, client).status_code == 401


@pytest.mark.parametrize("what", ["refresh", "logout"])
@pytest.mark.parametrize(
    ("csrf", "headers"),
    [
        ("wrong", {}),
        ("", {}),
        (None, {"Origin": "https://evil.example"}),
        (None, {"Origin": "null"}),
        (None, {"Sec_Fetch_Site": "cross-site"}),
    ],
)
def test_a_forged_request_changes_nothing(
    ada: Any, what: str, csrf: str | None, headers: dict[str, str]
) -> None:
    client = Client()
    body = log_in(client).json()
    response = post(what, {"csrf": body["csrf"] if csrf is None else csrf}, client, **headers)
    error = response.json()["error"]
    assert response.status_code == 401
    assert (error["internalCode"], error["responseStatus"]) == (10, "UNAUTHORIZED")
    assert re.fullmatch(r"[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M", error["time"])
    assert with_bearer(body["bearer"]) == 403


def test_a_cookie_is_of_no_use_in_another_account(ada: Any, contoso: Any) -> None:
    body = log_in().json()
    for what in ("refresh", "logout"):
        response = Client().post(
            f"/api/account/{CONTOSO}/{what}",
            json.dumps({"csrf": body["csrf"]}),
            content_type="application/json",
            headers={"Cookie": f"Session_id={body['bearer']}"},
        )
        assert response.status_code == 401
    assert with_bearer(body["bearer"]) == 403


def test_whatever_is_wrong_with_a_log_in_status_and_body_are_the_same(ada: Any) -> None:
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False):
        answers = {
            (response.status_code, response.content)
            for response in (
                log_in(password="wrong"),
                log_in(username="nobody"),
                Client().post(
                    "/api/account/11111111/login",
                    json.dumps({"username": ADA, "password": PASSWORD}),
                    content_type="application/json",
                ),
            )
        }
    [(status, _body)] = answers
    assert status == 401


def test_too_many_tries_are_told_when_to_come_again(ada: Any) -> None:
    tries = [log_in(password="wrong") for _ in range(11)]
    assert [response.status_code for response in tries] == [401] * 10 + [429]
    assert 3500 < int(tries[-1]["Retry-After"]) <= 3600
    assert tries[-1].json()["error"]["responseStatus"] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize(
    "body", ["", "{", "[]", {}, {"username": ADA}, {"username": ADA, "appKey": "x"}, {"username": 1}]
)
def test_a_body_that_is_no_log_in_is_refused_with_a_reason(ada: Any, body: Any) -> None:
    response = post("login", body)
    assert response.status_code == 400
    assert response.json()["error"]["reason"]


@pytest.mark.parametrize(("version", "status"), [("1.3", 200), ("1.0", 200), ("2.0", 400), ("x", 400)])
def test_the_version_is_one_that_there_is(ada: Any, version: str, status: int) -> None:
    assert post(f"login?v={version}", {"username": ADA, "password": PASSWORD}).status_code == status


@pytest.fixture
def bot(ada: Any) -> Any:
    """A bot, and the key that it may be logged in with."""
    key = keys.create_key(OPERATOR, NORTHWIND, name="bots", permissions=["user-login"])
    values = {"loginName": "bot", "userTypeId": 2, "allowedAppKeys": key.app_key}
    objects.create_objects(OPERATOR, NORTHWIND, USER, [values])
    return key


def app(key: Any, username: str = "bot", **changes: str) -> Any:
    values = {
        "username": username,
        "appKey": key.app_key,
        "secret": key.secret,
        "accessToken": key.access_token,
        "accessTokenSecret": key.access_token_secret,
    }
    return post("login?v=1.3", values | changes)


def test_a_bot_logs_in_with_the_key_that_it_allows(bot: Any) -> None:
    assert app(bot).json()["config"]["loginName"] == "bot"
    placeholders = {"accessToken": "dummy", "accessTokenSecret": "dummy"}
    assert app(bot, **placeholders).status_code == 200
    noted = Notice.objects.filter(kind=Event.LOG_IN)[0]
    assert noted.details["key"] == bot.id


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "wrong"},
        {"accessToken": "wrong"},
        {"accessTokenSecret": "wrong"},
        {"accessToken": "dummy"},
        {"appKey": "f" * 32},
        {"username": "nobody"},
        # Who did not allow the key is not logged in by it, an administrator least of all.
        {"username": ADA},
    ],
)
def test_a_bot_is_not_logged_in_by_anything_else(bot: Any, changes: dict[str, str]) -> None:
    assert app(bot, **changes).status_code == 401
    assert Notice.objects.filter(kind=Event.LOG_IN_REFUSED).count() == 1


def test_a_key_needs_the_permission_to_log_bots_in(bot: Any) -> None:
    keys.set_permissions(OPERATOR, NORTHWIND, bot.id, ["data-access"])
    assert app(bot).status_code == 403
    assert Notice.objects.filter(kind=Event.REQUEST_DENIED).count() == 1
    keys.revoke_key(OPERATOR, NORTHWIND, bot.id)
    assert app(bot).status_code == 401
