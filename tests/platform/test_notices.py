"""The security log: what happened and is no change."""

import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from structlog.testing import capture_logs
from tests.platform.conftest import CONTOSO, NORTHWIND
from typer.testing import CliRunner

from trunkline.clock import MINUTE_MS
from trunkline.platform.actors import OPERATOR, Actor, Kind, Originator
from trunkline.platform.audit.models import Notice
from trunkline.platform.audit.notices import MOST_ROWS_A_MINUTE, Event, note, notices_of
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import NotPermitted

pytestmark = pytest.mark.django_db(databases="__all__")

NOON = "2026-03-02T12:00:00Z"


def stranger(address: str) -> Actor:
    return Actor(Kind.NOBODY, originator=Originator(address=address))


def auditor(*permissions: Permission) -> Actor:
    return Actor(Kind.KEY, "key_1", NORTHWIND, frozenset(permissions))


def test_what_happens_again_within_a_minute_is_counted() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(100):
            note(NORTHWIND, Event.LOG_IN_REFUSED, stranger("198.51.100.1"))
        clock.shift(60)
        note(NORTHWIND, Event.LOG_IN_REFUSED, stranger("198.51.100.1"))
    first, second = Notice.objects.order_by("id")
    assert (first.count, second.count) == (100, 1)
    assert second.minute - first.minute == MINUTE_MS


def test_a_flood_from_many_addresses_fills_nothing_and_hides_no_other_event() -> None:
    with time_machine.travel(NOON, tick=False):
        for n in range(60):
            note(NORTHWIND, Event.REQUEST_DENIED, stranger(f"198.51.100.{n}"), path=f"/{n}")
        note(NORTHWIND, Event.LOG_IN, stranger("203.0.113.7"), logIn=1)
        note(CONTOSO, Event.REQUEST_DENIED, stranger("198.51.100.1"))
    rows = Notice.objects.filter(account_id=NORTHWIND, kind=Event.REQUEST_DENIED)
    assert rows.count() == MOST_ROWS_A_MINUTE + 1
    assert sum(row.count for row in rows) == 60
    assert Notice.objects.filter(kind=Event.LOG_IN).count() == 1
    assert Notice.objects.filter(account_id=CONTOSO).count() == 1


def test_two_of_the_same_minute_that_tell_of_different_things_are_two() -> None:
    with time_machine.travel(NOON, tick=False):
        for log_in in (1, 2, 2):
            note(NORTHWIND, Event.LOG_IN, stranger("203.0.113.7"), logIn=log_in)
    assert [row.count for row in Notice.objects.order_by("id")] == [1, 2]


def test_only_who_may_see_the_audit_trail_reads_the_security_log_and_the_reading_is_noted(
    northwind: Any,
) -> None:
    note(NORTHWIND, Event.LOG_IN, stranger("203.0.113.7"), logIn=1)
    note(CONTOSO, Event.LOG_IN, stranger("203.0.113.7"), logIn=1)
    with pytest.raises(NotPermitted):
        notices_of(auditor(Permission.USERS), NORTHWIND)
    [seen] = notices_of(auditor(Permission.AUDIT_TRAIL), NORTHWIND)
    assert seen.account_id == NORTHWIND
    reading, _log_in = notices_of(OPERATOR, NORTHWIND)
    assert (reading.kind, reading.actor_id) == (Event.NOTICES_READ, "key_1")
    [only] = notices_of(OPERATOR, NORTHWIND, events=frozenset({Event.LOG_IN}), most=5)
    assert only.id == seen.id
    assert notices_of(OPERATOR, NORTHWIND, before=seen.id) == []


def test_a_denied_request_is_in_the_log_of_whoever_asked_and_not_of_whoever_was_asked_for(
    northwind: Any, contoso: Any
) -> None:
    from trunkline.platform.accounts.models import ApiKey

    contoso.get(f"/data_access_le/account/{NORTHWIND}/le", user_agent="curious/1")
    [denied] = Notice.objects.all()
    assert (denied.account_id, denied.kind) == (CONTOSO, Event.REQUEST_DENIED)
    assert denied.actor_id == contoso.key.id
    assert denied.actor["name"] == "warehouse"
    assert denied.actor["loginName"] == contoso.key.app_key
    assert denied.actor["authType"] == "oauth1"
    assert (denied.actor["address"], denied.actor["userAgent"]) == ("127.0.0.1", "curious/1")
    assert denied.details["reason"] == "no_account"
    ApiKey.objects.update(permissions=[])
    northwind.le()
    assert Notice.objects.get(account_id=NORTHWIND).details["reason"] == "permission_missing"


def test_a_signature_that_does_not_fit_is_in_the_log_of_its_key(northwind: Any) -> None:
    header = northwind.sign("https://data.example.com/other")["Authorization"]
    path = f"/data_access_le/account/{NORTHWIND}/le"
    Client().get(path, headers={"Authorization": header})
    Client().get(path, headers={"Authorization": header.replace(northwind.key.app_key, "f" * 32)})
    known, unknown = Notice.objects.order_by("id")
    assert (known.account_id, known.details["problem"]) == (NORTHWIND, "signature_invalid")
    assert (unknown.account_id, unknown.details["problem"]) == ("", "token_rejected")


@pytest.mark.parametrize("agent", ["x" * 5000, "tab\tbell\x07", "é"])
def test_what_callers_say_of_themselves_is_kept_short_and_printable(northwind: Any, agent: str) -> None:
    from django.test import RequestFactory

    from trunkline.platform.seen import seen_in

    shown = seen_in(RequestFactory().get("/", headers={"User-Agent": agent})).user_agent
    assert len(shown) <= 300
    assert shown.isprintable()


def test_a_refusal_stays_one_where_it_cannot_be_written_and_all_else_fails(
    northwind: Any, monkeypatch: Any
) -> None:
    from django.db import OperationalError

    def full(*_args: Any, **_named: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(Notice, "save", full)
    with capture_logs() as logged:
        note(NORTHWIND, Event.REQUEST_DENIED, stranger("198.51.100.1"))
    [line] = [line for line in logged if line["event"] == "notice not written"]
    assert (line["event_kind"], line["account"]) == (Event.REQUEST_DENIED, NORTHWIND)
    with pytest.raises(OperationalError):
        note(NORTHWIND, Event.TRAIL_READ, stranger("198.51.100.1"))


def test_an_operator_reads_the_security_log(northwind: Any) -> None:
    from trunkline.cli.audit import audit

    northwind.get(f"/data_access_le/account/{CONTOSO}/le", user_agent="curious/1")
    note("", Event.TOKEN_REFUSED, stranger("198.51.100.1"))
    of = ["security-log", "--account", NORTHWIND]
    [denied] = json.loads(CliRunner().invoke(audit, [*of, "--event", "request-denied", "--json"]).stdout)
    assert (denied["event"], denied["count"]) == ("request-denied", 1)
    assert (denied["actor"]["userAgent"], denied["details"]["reason"]) == ("curious/1", "no_account")
    [reading] = json.loads(CliRunner().invoke(audit, [*of, "--first", "1", "--json"]).stdout)
    assert reading["event"] == "security-log-read"
    assert "request-denied" in CliRunner().invoke(audit, of, env={"COLUMNS": "200"}).stdout
    assert "token-refused" in CliRunner().invoke(audit, of[:1], env={"COLUMNS": "200"}).stdout
    before = ["--before", str(denied["id"]), "--json"]
    assert CliRunner().invoke(audit, [*of, *before]).stdout.strip() == "[]"
