"""Whoever goes around the verbs is found: by the shadow, by the folds, by the trail itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from typer.testing import CliRunner

from trunkline.cli.audit import audit as command
from trunkline.platform.accounts import accounts, data_types, encryption, keys, users
from trunkline.platform.actors import OPERATOR, Actor, Kind, Permission
from trunkline.platform.audit import shadow
from trunkline.platform.audit.check import check
from trunkline.platform.audit.consistency import Finding
from trunkline.platform.audit.models import Change, Shadow
from trunkline.platform.audit.watched import undeclared
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import LOB, PROFILE, SKILL
from trunkline.platform.refusals import NotFound, NotPermitted

NORTHWIND = "75555851"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account() -> None:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")


@pytest.fixture
def skill() -> int:
    [made] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {made.number: {"name": "Invoices"}})
    return made.number


def found() -> list[Finding]:
    return list(check(OPERATOR, NORTHWIND))


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def around_the_guard(statement: str, *values: object) -> None:
    """What only whoever owns the database can do."""
    triggers = shadow.missing(connection)
    assert not triggers
    shadow.lift(connection)
    execute(statement, *values)
    shadow.lay(connection)


def test_every_table_and_column_is_declared() -> None:
    assert undeclared() == []


def test_nothing_is_found_after_every_kind_of_verb(curve: str, skill: int) -> None:
    data_types.switch_on(OPERATOR, NORTHWIND, "webSession")
    data_types.switch_on(OPERATOR, NORTHWIND, "webSession", inactivity_minutes=20)
    data_types.switch_off(OPERATOR, NORTHWIND, "webSession")
    encryption.set_public_key(OPERATOR, NORTHWIND, curve)
    encryption.set_public_key(OPERATOR, NORTHWIND, curve)
    encryption.remove_public_key(OPERATOR, NORTHWIND)
    encryption.set_public_key(OPERATOR, NORTHWIND, curve)
    for permission, origins in (
        ("data-access", ()),
        ("collect", ()),
        ("collect-from-browser", ("https://shop.example",)),
    ):
        key = keys.create_key(OPERATOR, NORTHWIND, name="a", permissions=[permission], origins=origins)
        keys.revoke_key(OPERATOR, NORTHWIND, key.id)
    user = users.create_administrator(OPERATOR, NORTHWIND, "ada", "correct horse battery")
    [lob] = objects.create_objects(OPERATOR, NORTHWIND, LOB, [{"name": "Cards"}])
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill: {"name": "Invoices", "lobIds": [lob.number]}})
    objects.delete_objects(OPERATOR, NORTHWIND, SKILL, [skill])
    objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Invoices"}, {"name": "Loans"}])
    assert user.number
    assert found() == []


def test_a_table_or_column_that_nobody_declared_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from trunkline.platform.audit import watched

    monkeypatch.delitem(watched.BY_LABEL, "accounts.ApiKey")
    assert undeclared() == ["accounts.ApiKey is declared neither as configuration nor as something else"]


RENAMES = "UPDATE configuration_configurationobject SET {} WHERE number = %s"


def rename_by_values(number: int) -> None:
    values = json.dumps({**objects.read_object(OPERATOR, NORTHWIND, SKILL, number).values, "name": "Fraud"})
    execute(RENAMES.format("name = 'Fraud', name_key = 'fraud', \"values\" = %s"), values, number)


def rename_by_column(number: int) -> None:
    execute(RENAMES.format("name = 'Fraud'"), number)


def there_and_back(number: int) -> None:
    rename_by_values(number)
    values = json.dumps(
        {**objects.read_object(OPERATOR, NORTHWIND, SKILL, number).values, "name": "Invoices"}
    )
    execute(RENAMES.format("name = 'Invoices', name_key = 'invoices', \"values\" = %s"), values, number)


def undelete(number: int) -> None:
    objects.delete_objects(OPERATOR, NORTHWIND, SKILL, [number])
    execute(RENAMES.format("deleted = false"), number)


def remove(number: int) -> None:
    execute("DELETE FROM configuration_configurationobject WHERE number = %s", number)


@pytest.mark.parametrize("bypass", [rename_by_values, rename_by_column, there_and_back, undelete, remove])
def test_a_change_that_goes_around_the_verbs_is_found(bypass: Callable[[int], None], skill: int) -> None:
    bypass(skill)
    findings = found()
    assert any(str(skill) in finding.object or "configuration" in finding.object for finding in findings)
    assert {finding.account for finding in findings} == {NORTHWIND}


def test_a_change_around_the_verbs_is_found_also_when_the_next_change_hides_it(skill: int) -> None:
    there_and_back(skill)
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill: {"name": "Bills"}})
    assert [finding.object for finding in found()] == [f"skill {skill}"] * 2


def test_a_password_that_was_put_in_is_found(skill: int) -> None:
    users.create_administrator(OPERATOR, NORTHWIND, "ada", "correct horse battery")
    execute("UPDATE accounts_credential SET password = 'argon2$of-my-own'")
    [finding] = found()
    assert finding.object.startswith("accounts_credential")


def test_an_added_right_is_found() -> None:
    profile = objects.list_objects(OPERATOR, NORTHWIND, PROFILE).objects[-1]
    execute(RENAMES.format('"values" = %s'), json.dumps({**profile.values, "roleTypeId": 0}), profile.number)
    assert all(finding.object == f"profile {profile.number}" for finding in found())
    assert found()


def test_a_revoked_key_that_was_revived_is_found() -> None:
    key = keys.create_key(OPERATOR, NORTHWIND, name="a", permissions=["data-access"])
    keys.revoke_key(OPERATOR, NORTHWIND, key.id)
    execute("UPDATE accounts_apikey SET revoked = NULL")
    assert {finding.object for finding in found()} == {f"apiKey {key.id}"}


LAST = "(SELECT MAX(number) FROM audit_change)"
TAMPERINGS = {
    "an entry is deleted": "DELETE FROM audit_change WHERE number = 3",
    "the last entry is deleted": f"DELETE FROM audit_change WHERE number = {LAST}",
    "a document is edited": "UPDATE audit_change SET document = replace(document, 'Northwind', 'Southwind') WHERE number = 1",
    "a time is changed": "UPDATE audit_change SET time = time - 100000 WHERE number = 3",
    "an action is changed": "UPDATE audit_change SET action = 'delete' WHERE number = 3",
    "an object is exchanged": "UPDATE audit_change SET object_id = '99' WHERE number = 3",
    "a document is laid out anew": "UPDATE audit_change SET document = replace(document, ',', ', ') WHERE number = 3",
    "an element's row is deleted": "DELETE FROM audit_changedelement WHERE number = 3 AND position = 1",
    "an element's row is edited": "UPDATE audit_changedelement SET originator_id = 'x' WHERE number = 3",
    "an element's row is added": "UPDATE audit_changedelement SET number = 4711 WHERE number = 3",
    "the head goes on": "UPDATE audit_head SET number = number + 1",
    "a row of the shadow is deleted": "DELETE FROM audit_shadow WHERE after = 0 AND operation = 'insert'",
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_trail_that_was_touched_is_found(tampering: str, skill: int) -> None:
    around_the_guard(TAMPERINGS[tampering])
    assert found()


def test_two_entries_that_were_exchanged_are_found(skill: int) -> None:
    third, fourth = (Change.objects.get(number=number).document for number in (3, 4))
    exchange = (
        "UPDATE audit_change SET document = CASE number WHEN 3 THEN %s ELSE %s END WHERE number IN (3, 4)"
    )
    around_the_guard(exchange, fourth, third)
    assert {finding.number for finding in found() if "columns" in finding.text} == {3, 4}


@pytest.mark.parametrize("table", ["audit_change", "audit_changedelement", "audit_shadow", "audit_head"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = -1", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_trail(table: str, statement: str, skill: int) -> None:
    statement = statement.format(table).replace("number", "after" if table == "audit_shadow" else "number")
    with pytest.raises(DatabaseError, match="never"), transaction.atomic():
        execute(statement)


def test_the_shadow_holds_no_secret(skill: int) -> None:
    key: Any = keys.create_key(OPERATOR, NORTHWIND, name="a", permissions=["data-access"])
    users.create_administrator(OPERATOR, NORTHWIND, "ada", "correct horse battery")
    text = json.dumps(list(Shadow.objects.values_list("old", "new")))
    assert key.app_key in text
    assert "argon2" not in text
    assert key.access_token not in text


def test_the_command_names_what_was_found_and_what_to_do(skill: int) -> None:
    done = CliRunner().invoke(command, ["check"])
    assert (done.exit_code, "whole" in done.stdout) == (0, True)
    rename_by_values(skill)
    done = CliRunner().invoke(command, ["check", "--account", NORTHWIND])
    assert done.exit_code == 1
    assert f"account {NORTHWIND}" in done.stdout
    assert f'skill {skill}: name is "Fraud", and the trail says "Invoices"' in done.stdout
    assert "set the object again through the program" in done.stdout
    done = CliRunner().invoke(command, ["check", "--account", "4711"])
    assert done.exit_code == 1
    assert "There is no account 4711" in done.stderr


def test_only_who_may_read_the_trail_may_check_it(skill: int) -> None:
    stranger = Actor(Kind.USER, "1", "28045150", frozenset({Permission.AUDIT_TRAIL}))
    with pytest.raises(NotFound):
        list(check(stranger, NORTHWIND))
    agent = Actor(Kind.USER, "1", NORTHWIND)
    with pytest.raises(NotPermitted):
        list(check(agent))


def test_a_trigger_that_is_missing_is_told() -> None:
    if connection.vendor == "postgresql":
        execute("ALTER TABLE accounts_apikey DISABLE TRIGGER trunkline_shadow_accounts_apikey")
    else:
        execute("DROP TRIGGER trunkline_shadow_accounts_apikey_insert")
    assert [finding.object for finding in found()] == ["database"]


def test_a_trail_that_began_before_it_was_watched_is_no_finding(skill: int) -> None:
    around_the_guard("DELETE FROM audit_shadow")
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill: {"name": "Bills"}})
    assert Change.objects.filter(account_id=NORTHWIND).exists()
    assert found() == []
