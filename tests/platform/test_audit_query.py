"""The published query of the audit trail, as its clients send it."""

import json
from typing import Any

import pytest
from tests.platform.auditing import audit_data, exported, post, records
from tests.platform.conftest import CONTOSO, NORTHWIND, Caller

from trunkline.platform.accounts import accounts, keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import SKILL

pytestmark = pytest.mark.django_db

# Line breaks within a text, as the published samples have them, are no JSON; clients send them all the same.
PUBLISHED = """{"query" :
"{auditData (lpa:true) {
        accountId
        objectType
        objectName
        element
        oldValue
        newValue
        originator
        originatorLoginName
        originatorUserId
        originatorUserAgent
        originatorAuthType
        originatorIsLpa
        changeDate}}"
 }"""


@pytest.fixture
def reader() -> Caller:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")
    key = keys.create_key(OPERATOR, NORTHWIND, name="archive", permissions=["audit-trail"])
    return Caller(NORTHWIND, key)


@pytest.fixture
def edited() -> int:
    """The id of a skill whose wait was shortened."""
    [skill] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    objects.replace_objects(
        OPERATOR, NORTHWIND, SKILL, {skill.number: {"name": "Billing", "maxWaitTime": 90}}
    )
    return skill.number


def test_the_published_query_is_answered_in_its_published_shape(reader: Caller, edited: int) -> None:
    response = post(reader, PUBLISHED)
    assert response.status_code == 200, response.content
    first = json.loads(response.content)["data"]["auditData"][0]
    assert list(first) == [word for word in PUBLISHED.split() if word.isalpha()] + ["changeDate"]
    assert first | {"changeDate": ""} == {
        "accountId": NORTHWIND,
        "objectType": "Skills",
        "objectName": "Billing",
        "element": "Max wait time",
        "oldValue": "120",
        "newValue": "90",
        "originator": "",
        "originatorLoginName": "",
        "originatorUserId": "",
        "originatorUserAgent": "",
        "originatorAuthType": "command-line",
        "originatorIsLpa": True,
        "changeDate": "",
    }


def test_the_export_has_its_published_layout(reader: Caller, edited: int) -> None:
    query = "?lpa=true&timezone=Europe/London&componentTypes=ACUserObject,ACSkillObject&fromDate=2017-11-29"
    lines = exported(reader, query)
    assert lines[:7] == [
        "Search Criteria",
        "Account ID,Start(Europe/London),End(Europe/London),Object types,Originators,Include Automatic Updates,Include LPA Users",
        f'{NORTHWIND},2017-11-29,,"ACUserObject,ACSkillObject",All,false,true',
        "Total Items",
        str(len(lines) - 7),
        "Results",
        "Object type,Object ID,Object name,Action type,Element,Old value,New value,Date and time,Originator,Originator Employee ID,Originator Profiles",
    ]
    assert lines[7].startswith(f"Skills,{edited},Billing,Edit,Max wait time,120,90,20")
    assert {record["Object type"] for record in records(lines)} == {"Skills"}


def test_what_the_operator_did_is_shown_only_where_it_is_asked_for(reader: Caller, edited: int) -> None:
    assert audit_data(reader, "", "element") == []
    assert audit_data(reader, "lpa:true, first:1", "element") == [{"element": "Max wait time"}]


def test_another_account_is_not_there(reader: Caller) -> None:
    accounts.create_account(OPERATOR, CONTOSO, name="Contoso", time_zone="Europe/London")
    body: Any = {"query": "{auditData {element}}"}
    assert post(reader, body, CONTOSO).status_code == 404
    assert reader.get(f"/api/account/{CONTOSO}/configuration/metadata/audit/export").status_code == 404
