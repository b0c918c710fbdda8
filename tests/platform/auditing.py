"""Asking for the audit trail over HTTP, as its clients do."""

import csv
import json
from typing import Any

from django.test import Client
from tests.platform.conftest import NORTHWIND, URL, Caller

AUDIT = "/api/account/{}/configuration/metadata/audit"


def post(caller: Caller, body: Any, account_id: str = NORTHWIND, **headers: str) -> Any:
    """A signed query: of a text, or of what becomes JSON."""
    path = AUDIT.format(account_id)
    text = body if isinstance(body, str) else json.dumps(body)
    sent = caller.sign(URL + path, "POST") | headers
    return Client().post(path, text, content_type="application/json", headers=sent)


def audit_data(caller: Caller, arguments: str, fields: str) -> list[dict[str, Any]]:
    """The records of a query that is answered."""
    brackets = f"({arguments})" if arguments else ""
    response = post(caller, {"query": f"{{auditData {brackets} {{{fields}}}}}"})
    assert response.status_code == 200, response.content
    assert list(response.json()) == ["data"]
    found = response.json()["data"]["auditData"]
    assert int(response["X-Total-Count"]) >= len(found)
    return list(found)


def exported(caller: Caller, query: str = "") -> list[str]:
    """The lines of the CSV."""
    response = caller.get(f"{AUDIT.format(caller.account_id)}/export{query}")
    assert response.status_code == 200, response.content
    text = b"".join(response.streaming_content).decode()
    return text.removesuffix("\n").split("\n")


def records(lines: list[str]) -> list[dict[str, str]]:
    """Of an export, below its head."""
    return list(csv.DictReader(lines[lines.index("Results") + 1 :]))
