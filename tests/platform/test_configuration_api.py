"""The published configuration APIs: shapes, revisions, batches, refusals."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.platform.accounts import keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.permissions import ADMINISTRATION, Permission

pytestmark = pytest.mark.django_db

USERS, SKILLS, GROUPS, LOBS, PROFILES = "users", "skills", "agentGroups", "lobs", "profiles"


class Configurer:
    """A key that may do all, at the published addresses."""

    def __init__(self, caller: Caller, account_id: str = NORTHWIND) -> None:
        self._caller = caller
        self._base = f"/api/account/{account_id}/configuration/le-users/"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        address = path if path.startswith("/") else self._base + path
        sent = self._caller.sign("https://data.example.com" + address, method)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = b"" if body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False)
        return client.generic(method, address, data, "application/json", headers=sent)

    def made(self, path: str, **values: Any) -> Any:
        answer = self("POST", path, values)
        assert answer.status_code == 201, answer.content
        return answer.json()


@pytest.fixture
def configurer(northwind: Caller) -> Configurer:
    key = keys.create_key(OPERATOR, NORTHWIND, name="configurer", permissions=ADMINISTRATION)
    return Configurer(Caller(NORTHWIND, key))


def test_a_list_is_a_bare_array_of_summaries_with_the_revision(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing")
    answer = configurer("GET", f"{SKILLS}?v=4.0")
    assert answer.json() == [
        {"id": skill["id"], "pid": str(skill["id"]), "deleted": False, "name": "Billing"}
    ]
    assert int(answer["ac-revision"]) == Change.objects.filter(account_id=NORTHWIND).count()


def test_one_object_is_whole_and_select_chooses(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing", wrapUpTime=30)
    whole = configurer("GET", f"{SKILLS}/{skill['id']}").json()
    assert whole["maxWaitTime"] == 120
    assert whole["canTransfer"] is True
    assert whole["wrapUpTime"] == 30
    assert len(whole["dateUpdated"]) == len("2026-01-01 00:00:00")
    chosen = configurer("GET", f"{SKILLS}?select=id,name,colour").json()
    assert chosen == [{"id": skill["id"], "name": "Billing", "colour": ""}]
    [everything] = configurer("GET", f"{SKILLS}?select=$all").json()
    assert everything == whole


def test_members_of_members_are_selected_in_parentheses(configurer: Configurer) -> None:
    [root] = configurer("GET", GROUPS).json()
    configurer.made(USERS, loginName="ada", memberOf={"agentGroupId": root["id"]})
    chosen = configurer("GET", f"{USERS}?select=loginName,memberOf(agentGroupId)").json()
    assert chosen == [{"loginName": "ada", "memberOf": {"agentGroupId": root["id"]}}]


@pytest.mark.parametrize("select", ["(", "id,", "id name", "a(b", "a)", "id;name", "a(" * 9, "x" * 3000])
def test_a_selection_that_cannot_be_read_is_named(configurer: Configurer, select: str) -> None:
    answer = configurer("GET", f"{SKILLS}?select={select.replace(' ', '%20')}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "select")


def test_what_is_unchanged_is_not_sent_again(configurer: Configurer) -> None:
    configurer.made(SKILLS, name="Billing")
    revision = configurer("GET", SKILLS)["ac-revision"]
    again = configurer("GET", SKILLS, If_Match=revision)
    assert (again.status_code, again.content, again["ac-revision"]) == (304, b"", revision)
    assert configurer("GET", SKILLS, If_Match="-1").status_code == 200
    configurer.made(SKILLS, name="Loans")
    assert len(configurer("GET", SKILLS, If_Match=revision).json()) == 2


def test_a_list_without_what_was_deleted_is_sent_again(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing")
    read = configurer("GET", SKILLS)
    configurer("DELETE", f"{SKILLS}/{skill['id']}")
    again = configurer("GET", SKILLS, If_Match=read["ac-revision"])
    assert (again.status_code, again.json()) == (200, [])
    assert again["X-LP-Last-Modified"] >= read["X-LP-Last-Modified"]


def test_what_follows_from_other_objects_is_sent_again(configurer: Configurer) -> None:
    agent = next(one for one in configurer("GET", f"{PROFILES}?select=$all").json() if one["name"] == "Agent")
    address = f"{PROFILES}/{agent['id']}"
    revision = configurer("GET", address)["ac-revision"]
    configurer.made(USERS, loginName="ada", profileIds=[agent["id"]])
    assert configurer("GET", address, If_Match=revision).json()["numOfAssignedUsers"] == 1


def test_a_copy_that_is_out_of_date_is_refused_and_a_fresh_one_is_taken(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing")
    address = f"{SKILLS}/{skill['id']}"
    read = configurer("GET", address)["ac-revision"]
    assert configurer("PUT", address, {"name": "Invoices"}, If_Match=read).status_code == 200
    assert configurer("PUT", address, {"name": "Bills"}, If_Match=read).status_code == 412
    assert configurer("DELETE", address, If_Match=read).status_code == 412
    assert configurer("GET", address).json()["name"] == "Invoices"


def test_what_was_read_may_be_sent_back_and_changes_nothing(configurer: Configurer) -> None:
    configurer.made(SKILLS, name="Billing")
    configurer.made(USERS, loginName="ada")
    for path in (SKILLS, USERS, GROUPS, PROFILES):
        for one in configurer("GET", f"{path}?select=$all").json():
            before = Change.objects.count()
            answer = configurer("PUT", f"{path}/{one['id']}", {**one, "dateUpdated": "1999-01-01 00:00:00"})
            assert answer.json() == one
            assert Change.objects.count() == before


def test_a_member_that_is_not_sent_gets_its_default(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing", description="Bills and invoices", maxWaitTime=60)
    answer = configurer("PUT", f"{SKILLS}/{skill['id']}", {"name": "Billing"}).json()
    assert (answer["description"], answer["maxWaitTime"]) == ("", 120)


def test_a_batch_is_done_whole_or_not_at_all(configurer: Configurer) -> None:
    made = configurer("POST", LOBS, [{"name": "Cards"}, {"name": "Loans"}]).json()
    renamed = [{"id": made[0]["id"], "name": "Credit cards"}, {"id": made[1]["id"], "name": ""}]
    assert configurer("PUT", LOBS, renamed).status_code == 400
    assert [one["name"] for one in configurer("GET", LOBS).json()] == ["Cards", "Loans"]
    renamed[1]["name"] = "Mortgages"
    assert configurer("PUT", LOBS, renamed).status_code == 200
    assert configurer("DELETE", LOBS, [str(made[0]["id"]), 4711]).status_code == 404
    assert [one["name"] for one in configurer("GET", LOBS).json()] == ["Credit cards", "Mortgages"]
    gone = configurer("DELETE", LOBS, [str(one["id"]) for one in made])
    assert [one["deleted"] for one in gone.json()] == [True, True]
    assert configurer("GET", LOBS).json() == []


def test_several_are_deleted_by_a_body_or_by_ids_in_the_address(configurer: Configurer) -> None:
    made = [configurer.made(LOBS, name=name)["id"] for name in ("Cards", "Loans", "Savings")]
    assert configurer("DELETE", f"{LOBS}?ids={made[0]},{made[1]}").status_code == 200
    for nothing in (None, [], ["x"], {"ids": made}, [True]):
        refused = configurer("DELETE", LOBS, nothing)
        assert (refused.status_code, refused.json()["error"]["field"]) == (400, "ids")
    assert [one["id"] for one in configurer("GET", LOBS).json()] == made[2:]


def test_the_answer_says_where_the_new_object_is(configurer: Configurer) -> None:
    answer = configurer("POST", LOBS, {"name": "Cards"})
    assert configurer("GET", answer["Location"]).json() == answer.json()
    assert "Location" not in configurer("POST", LOBS, [{"name": "Loans"}])


def test_deleted_objects_are_kept_and_flagged(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing")
    configurer("DELETE", f"{SKILLS}/{skill['id']}")
    assert configurer("GET", SKILLS).json() == []
    [kept] = configurer("GET", f"{SKILLS}?include_deleted=true").json()
    assert (kept["deleted"], kept["name"]) == (True, "Billing")
    assert configurer("GET", f"{SKILLS}/{skill['id']}").json()["deleted"] is True
    assert configurer("PUT", f"{SKILLS}/{skill['id']}", {"name": "Billing"}).status_code == 404
    assert configurer.made(SKILLS, name="Billing")["id"] != skill["id"]


def test_referential_rules_name_what_stands_in_the_way(configurer: Configurer) -> None:
    skill = configurer.made(SKILLS, name="Billing")
    configurer.made(USERS, loginName="ada", skillIds=[skill["id"]])
    answer = configurer("DELETE", f"{SKILLS}/{skill['id']}")
    assert answer.status_code == 409
    assert "in use by user ada" in answer.json()["error"]["message"]
    [root] = configurer("GET", GROUPS).json()
    assert configurer("DELETE", f"{GROUPS}/{root['id']}").json()["error"]["reason"] == "root_group"
    unknown = configurer("POST", SKILLS, {"name": "Loans", "lobIds": [4711]})
    assert (unknown.status_code, unknown.json()["error"]["field"]) == (400, "lobIds")


def test_the_last_administrator_stays_one(configurer: Configurer) -> None:
    profiles = {one["name"]: one["id"] for one in configurer("GET", PROFILES).json()}
    ada = configurer.made(USERS, loginName="ada", profileIds=[profiles["Administrator"]])
    address = f"{USERS}/{ada['id']}"
    for refused in (
        configurer("DELETE", address),
        configurer("PUT", address, {"loginName": "ada", "profileIds": [profiles["Agent"]]}),
        configurer("PUT", address, {**ada, "isEnabled": False}),
        configurer("PUT", f"{PROFILES}/{profiles['Administrator']}", {"name": "Administrator"}),
    ):
        assert (refused.status_code, refused.json()["error"]["reason"]) == (409, "last_administrator")
    configurer.made(USERS, loginName="bo", profileIds=[profiles["Administrator"]])
    assert configurer("DELETE", address).status_code == 200


def test_an_unknown_member_is_refused_by_name(configurer: Configurer) -> None:
    answer = configurer("POST", SKILLS, {"name": "Billing", "colour": "blue"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "colour")


@pytest.mark.parametrize("body", [b"", b"[", b"1", b'"x"', b"[1]", b"null", b"[" * 5000])
def test_a_body_that_is_no_object_is_refused(configurer: Configurer, body: bytes) -> None:
    answer = configurer("POST", SKILLS, json.loads(body) if body in (b"1", b'"x"', b"[1]", b"null") else None)
    assert answer.status_code == 400


def test_a_user_may_be_written_with_a_password_which_is_never_answered(configurer: Configurer) -> None:
    password = "correct horse battery"
    user = configurer.made(USERS, loginName="ada", passwordSh=password, confirmPassword=password)
    assert "passwordSh" not in user
    assert password not in "".join(Change.objects.values_list("document", flat=True))
    refused = configurer("POST", USERS, {"loginName": "bo", "passwordSh": password, "confirmPassword": "x"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "confirmPassword")
    assert [one["loginName"] for one in configurer("GET", USERS).json()] == ["ada"]


def test_status_reasons_have_their_own_place(configurer: Configurer) -> None:
    address = f"/api/account/{NORTHWIND}/configuration/le-agents/status-reasons"
    reason = configurer.made(address, text="Lunch")
    assert reason | {"dateUpdated": ""} == {
        "id": reason["id"],
        "deleted": False,
        "text": "Lunch",
        "state": "AWAY",
        "enabled": True,
        "dateUpdated": "",
    }


def test_a_key_does_what_it_has_the_permission_for(
    northwind: Caller, make_account: Callable[..., Caller]
) -> None:
    key = keys.create_key(
        OPERATOR, NORTHWIND, name="reader", permissions=[Permission.READ_SKILLS, Permission.LOBS]
    )
    reader = Configurer(Caller(NORTHWIND, key))
    assert reader("GET", SKILLS).status_code == 200
    assert reader("GET", USERS).status_code == 403
    assert reader("POST", SKILLS, {"name": "Billing"}).status_code == 403
    assert reader("POST", LOBS, {"name": "Cards"}).status_code == 201
    make_account("28045150", "Contoso", "Europe/London")
    foreign = Configurer(Caller(NORTHWIND, key), "28045150")
    assert foreign("GET", SKILLS).status_code == 404
