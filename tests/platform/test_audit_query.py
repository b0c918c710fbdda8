"""The published query of the audit trail, as its clients send it."""

import json
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL, Caller

from trunkline.platform.accounts import accounts, keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import SKILL

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Caller:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")
    key = keys.create_key(OPERATOR, NORTHWIND, name="archive", permissions=["audit-trail"])
    return Caller(NORTHWIND, key)


def ask(caller: Caller, body: Any, account_id: str = NORTHWIND) -> Any:
    path = f"/api/account/{account_id}/configuration/metadata/audit"
    sent = caller.sign(URL + path, "POST")
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(path, text, content_type="application/json", headers=sent)


def test_the_published_example(reader: Caller) -> None:
    [skill] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    objects.replace_objects(
        OPERATOR, NORTHWIND, SKILL, {skill.number: {"name": "Billing", "maxWaitTime": 90}}
    )
    answer = ask(
        reader,
        {
            "query": "{auditData (first:50, offset:0, lpa:true) {accountId objectType objectName actionType element oldValue newValue changeDate originator originatorLoginName}}"
        },
    )
    assert answer.status_code == 200, answer.content
    print(answer.json()["data"]["auditData"][0], answer["X-Total-Count"])
    answer = reader.get(f"/api/account/{NORTHWIND}/configuration/metadata/audit/export?lpa=true")
    print(b"".join(answer.streaming_content).decode()[:800])
    print(ask(reader, {"query": "{auditData{x}}"}).content)
    print(ask(reader, {"query": "{auditData(first:501){element}}"}).content)
    print(
        ask(
            reader,
            {"fromData": "2020-01-01T00:00:00Z", "lpa": True, "first": 1, "orderBy": "changeTimestamp:ASC"},
        ).content
    )
    assert 0
