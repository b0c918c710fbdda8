"""Asking for the audit trail over HTTP, as its clients do."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL, Caller

from trunkline.platform.actors import OPERATOR, Actor, Kind, Originator
from trunkline.platform.audit import trail
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.trail import changing

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
    text = "\n".join(lines[lines.index("Results") + 1 :])
    return list(csv.DictReader(io.StringIO(text, newline="")))


JANE = Actor(
    Kind.USER,
    "42",
    NORTHWIND,
    originator=Originator(
        name="Jane Doe",
        login_name="jane@northwind.example",
        employee_id="E-7",
        profiles=("Administrator", "Agent"),
        user_agent="Mozilla/5.0",
        auth_type="login",
        address="192.0.2.7",
        request_id="r1",
    ),
)


class Frozen:
    """A clock that stands still."""

    def __init__(self, now: int) -> None:
        self.now: Callable[[], int] = lambda: now


def at(monkeypatch: pytest.MonkeyPatch, instant: str | int) -> None:
    """From here on the trail is written at this instant: ISO 8601, or epoch milliseconds."""
    read = instant if isinstance(instant, int) else round(datetime.fromisoformat(instant).timestamp() * 1000)
    monkeypatch.setattr(trail, "REAL", Frozen(read))


def record(
    actor: Actor = OPERATOR,
    type: str = "skill",
    id: str = "7",
    name: str = "Billing",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One change of Northwind."""
    with changing(actor, NORTHWIND) as changes:
        changes.record(Subject(type, id, name), before=before, after=after)
