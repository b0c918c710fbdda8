"""Every argument and every field of the published query, and what is wrong with a question."""

import json
from dataclasses import replace
from typing import Any

import pytest
from graphql import get_introspection_query
from tests.platform.auditing import JANE, at, audit_data, exported, post, record, records
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.platform.accounts import accounts, keys
from trunkline.platform.actors import OPERATOR, SYSTEM
from trunkline.platform.audit import query
from trunkline.platform.audit.models import Notice
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import USER

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A key of an account whose trail was begun in 2020."""
    at(monkeypatch, "2020-01-01T00:00:00Z")
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")
    key = keys.create_key(OPERATOR, NORTHWIND, name="archive", permissions=["audit-trail"])
    return Caller(NORTHWIND, key)


@pytest.fixture
def changed(reader: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-01-05T15:11:12.340Z")
    record(JANE, after=None, before={"name": "Billing"})
    record(JANE, "user", "9", "ann", before={"isEnabled": True}, after={"isEnabled": False})
    record(SYSTEM, "lob", "3", "Cards", before={"name": "Loans"}, after={"name": "Cards"})
    at(monkeypatch, "2024-01-06T12:00:00Z")
    record(OPERATOR, before={"maxWaitTime": 120}, after={"maxWaitTime": 90})


def elements(reader: Caller, arguments: str) -> list[str]:
    return [row["element"] for row in audit_data(reader, arguments, "element")]


def test_every_field(reader: Caller, changed: None) -> None:
    fields = (
        "accountId objectType objectId objectName actionType element oldValue newValue changeDate originator "
        "originatorLoginName originatorUserId originatorUserAgent originatorAuthType originatorIsLpa "
        "originatorEmployeeId originatorProfiles changeTimestamp changeNumber"
    )
    [row] = audit_data(reader, "componentTypes:[ACUserObject]", fields)
    number = row.pop("changeNumber")
    assert isinstance(number, int)
    assert list(row) == fields.split()[:-1]
    assert row == {
        "accountId": NORTHWIND,
        "objectType": "Users",
        "objectId": "9",
        "objectName": "ann",
        "actionType": "Edit",
        "element": "Enabled",
        "oldValue": "true",
        "newValue": "false",
        "changeDate": "2024-01-05 10:11:12.3",
        "originator": "Jane Doe",
        "originatorLoginName": "jane@northwind.example",
        "originatorUserId": "42",
        "originatorUserAgent": "Mozilla/5.0",
        "originatorAuthType": "login",
        "originatorIsLpa": False,
        "originatorEmployeeId": "E-7",
        "originatorProfiles": "[Administrator, Agent]",
        "changeTimestamp": 1704467472340,
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ["Enabled", "Name"]),
        ("lpa:true, first:1", ["Max wait time"]),
        ("lpa:true, first:1, offset:1", ["Enabled"]),
        ("automaticUpdates:true", ["Name", "Enabled", "Name"]),
        ('fromDate:"2024-01-06", lpa:true', ["Max wait time"]),
        ('fromDate:"2024-01-05", toDate:"2024-01-05", lpa:true', ["Enabled", "Name"]),
        ('toDate:"2024-01-04"', []),
        ("orderDirection:[ASC]", ["Name", "Enabled"]),
        ('orderBy:["changeTimestamp"], orderDirection:["asc"]', ["Name", "Enabled"]),
        ("orderBy:objectName, orderDirection:ASC", ["Enabled", "Name"]),
        ("orderBy:[originator, element], orderDirection:[DESC, ASC]", ["Enabled", "Name"]),
        ("orderBy:[originator, element], orderDirection:[DESC, DESC]", ["Name", "Enabled"]),
        ("users:[42]", ["Enabled", "Name"]),
        ('users:["Nobody"]', []),
        ("componentTypes:[ACSkillObject, ACLobObject]", ["Name"]),
        ('componentTypes:"ACUserObject"', ["Enabled"]),
        ('language:"en-GB"', ["Enabled", "Name"]),
        ('language:"tlh"', ["Enabled", "Name"]),
    ],
)
def test_every_argument(reader: Caller, changed: None, arguments: str, expected: list[str]) -> None:
    assert elements(reader, arguments) == expected


def test_a_total_counts_all_that_fits_and_not_the_page(reader: Caller, changed: None) -> None:
    response = post(reader, {"query": "{auditData(first:1) {element}}"})
    assert len(response.json()["data"]["auditData"]) == 1
    assert response["X-Total-Count"] == "2"


def test_originators_are_found_by_what_they_are_called(reader: Caller) -> None:
    values = {"loginName": "ann", "fullName": "Ann Lee"}
    [ann] = objects.create_objects(OPERATOR, NORTHWIND, USER, [values])
    record(replace(JANE, id=str(ann.number)), before={"maxWaitTime": 1}, after={"maxWaitTime": 2})
    record(replace(JANE, id=reader.key.id), before={"name": "a"}, after={"name": "b"})
    for word in ("ann", "Ann Lee", str(ann.number)):
        assert elements(reader, f'users:["{word}"]') == ["Max wait time"]
    for word in ("archive", reader.key.app_key, reader.key.id):
        assert elements(reader, f'users:["{word}"]') == ["Name"]
    assert elements(reader, 'users:["ann", "archive"]') == ["Name", "Max wait time"]


def test_variables_and_operation_names(reader: Caller, changed: None) -> None:
    text = "query one($first: Int) {auditData(first: $first) {element}} query two {auditData {newValue}}"
    body = {"query": text.replace(" query two {auditData {newValue}}", " query two {__typename}")}
    body |= {"variables": {"first": 1}, "operationName": "one"}
    assert post(reader, body).json() == {"data": {"auditData": [{"element": "Enabled"}]}}
    listed = {
        "query": "query ($users: [Word]) {auditData(users: $users) {element}}",
        "variables": {"users": ["42"]},
    }
    assert len(post(reader, listed).json()["data"]["auditData"]) == 2


def test_the_schema_can_be_asked_for(reader: Caller) -> None:
    response = post(reader, {"query": get_introspection_query()})
    assert response.status_code == 200
    names = {found["name"] for found in response.json()["data"]["__schema"]["types"]}
    assert {"Query", "AuditRecord"} <= names
    assert "X-Total-Count" not in response.headers


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("", "Syntax Error"),
        ("{auditData}", "must have a selection"),
        ("{auditData {nothing}}", "nothing"),
        ("{other {element}}", "other"),
        ("{auditData(first:501) {element}}", "1 to 500"),
        ("{auditData(first:0) {element}}", "1 to 500"),
        ("{auditData(first:99999999999) {element}}", "Int"),
        ("{auditData(offset:-1) {element}}", "offset"),
        ('{auditData(fromDate:"yesterday") {element}}', "yyyy-MM-dd"),
        ('{auditData(fromDate:"2024-02-30") {element}}', "yyyy-MM-dd"),
        ('{auditData(fromDate:"9999-12-31", toDate:"9999-12-31") {element}}', "yyyy-MM-dd"),
        ('{auditData(fromDate:"2024-01-02", toDate:"2024-01-01") {element}}', "before fromDate"),
        ('{auditData(timezone:"Mars") {element}}', "timezone"),
        ('{auditData(timezone:"../../etc/passwd") {element}}', "timezone"),
        ("{auditData(componentTypes:[ACNothing]) {element}}", "ACSkillObject"),
        ("{auditData(orderBy:[nothing]) {element}}", "orderBy"),
        ("{auditData(orderDirection:[UP]) {element}}", "ASC or DESC"),
        ("{auditData(orderDirection:[ASC, ASC]) {element}}", "ASC or DESC"),
        ("{auditData(lpa:1) {element}}", "Boolean"),
        ("{a:auditData {element} b:auditData {element}}", "once"),
        ("{auditData {" + " ".join(f"f{n}:element" for n in range(301)) + "}}", "300 fields"),
        ("{auditData(users:[" + "1 " * 2000 + "]) {element}}", "2000 tokens"),
        ("{" * 30, "deeper"),
        ("{auditData(users:" + "[" * 30 + "]" * 30 + ") {element}}", "deeper"),
        ("mutation {auditData {element}}", "mutation"),
        ("query($first: Int!) {auditData(first: $first) {element}}", "first"),
    ],
)
def test_a_wrong_query_is_told_in_the_form_of_graphql(reader: Caller, document: str, told: str) -> None:
    response = post(reader, {"query": document})
    assert response.status_code == 400
    assert list(response.json()) == ["errors"]
    assert any(told in error["message"] for error in response.json()["errors"])


def test_a_wrong_argument_is_named(reader: Caller) -> None:
    [error] = post(reader, {"query": '{auditData(timezone:"Mars") {element}}'}).json()["errors"]
    assert error["extensions"] == {"reason": "invalid", "field": "timezone"}


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "{", "[" * 50_000, '{"query": 1}', '{"fist": 3}', '{"first": "x"}', '{"orderBy": {}}'],
)
def test_a_body_that_cannot_be_read_is_refused(reader: Caller, body: str) -> None:
    response = post(reader, body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_what_is_no_account_id_is_refused(reader: Caller) -> None:
    assert post(reader, {"query": "{auditData {element}}"}, "a-b").status_code == 400


def test_another_order_than_that_of_time_has_a_limit(
    reader: Caller, changed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MAX_SORTED", 1)
    response = post(reader, {"query": "{auditData(orderBy:[element]) {element}}"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["field"] == "orderBy"


NIGHT = [
    ("2023-11-05T03:59:59.999Z", "2023-11-04 23:59:59.9"),
    ("2023-11-05T04:00:00Z", "2023-11-05 00:00:00.0"),
    ("2023-11-05T05:30:00Z", "2023-11-05 01:30:00.0"),
    ("2023-11-05T06:30:00Z", "2023-11-05 01:30:00.0"),
    ("2023-11-06T04:59:59.999Z", "2023-11-05 23:59:59.9"),
    ("2023-11-06T05:00:00Z", "2023-11-06 00:00:00.0"),
]


def test_a_day_is_a_day_of_the_zone_also_when_it_has_25_hours(
    reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for instant, _shown in NIGHT:
        at(monkeypatch, instant)
        record(JANE, before={"name": instant}, after={"name": ""})
    found = audit_data(reader, "orderDirection:ASC", "oldValue changeDate")
    assert [(row["oldValue"], row["changeDate"]) for row in found] == NIGHT
    day = audit_data(reader, 'fromDate:"2023-11-05", toDate:"2023-11-05"', "oldValue")
    assert [row["oldValue"] for row in reversed(day)] == [instant for instant, _ in NIGHT[1:5]]
    utc = audit_data(reader, 'fromDate:"2023-11-05", toDate:"2023-11-05", timezone:"UTC"', "changeDate")
    assert [row["changeDate"] for row in utc][-1] == "2023-11-05 03:59:59.9"
    assert len(utc) == 4
    lines = records(exported(reader, "?fromDate=2023-11-05&toDate=2023-11-05&timezone=America/New_York"))
    assert [line["Date and time"] for line in lines][-1] == "2023-11-05T00:00:00"


def test_the_flat_form_takes_instants_and_answers_in_utc(reader: Caller, changed: None) -> None:
    body: dict[str, Any] = {"fromData": "2024-01-05T15:11:12Z", "orderBy": "changeTimestamp:ASC", "first": 1}
    response = post(reader, body)
    assert response["X-Total-Count"] == "2"
    [row] = response.json()["data"]
    assert (row["changeDate"], row["element"]) == ("2024-01-05T15:11:12.340Z", "Name")
    assert post(reader, body | {"fromData": "2024-01-05T15:11:12.341Z"}).json() == {"data": []}
    several = {
        "users": ["42"],
        "componentTypes": "ACUserObject, ACSkillObject",
        "orderBy": ["objectName"],
        "lpa": True,
    }
    assert len(post(reader, several).json()["data"]) == 2


def test_reading_and_exporting_are_noted(reader: Caller) -> None:
    audit_data(reader, "", "element")
    exported(reader)
    b"".join(reader.get(f"/api/account/{NORTHWIND}/configuration/metadata/audit/lines").streaming_content)
    kinds = Notice.objects.filter(account_id=NORTHWIND).values_list("kind", "details", "actor_id")
    assert sorted((kind, json.dumps(details), who == reader.key.id) for kind, details, who in kinds) == [
        ("audit-trail-exported", '{"format": "csv"}', True),
        ("audit-trail-exported", '{"format": "lines"}', True),
        ("audit-trail-read", "{}", True),
    ]
