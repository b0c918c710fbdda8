"""The second net: what the database shows when the program's own filter is gone, and that no account bleeds into the next."""

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import QuerySet
from tests.platform.conftest import CONTOSO, NORTHWIND

import postgres
from trunkline.clock import HOUR_MS
from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import SKILL
from trunkline.platform.isolation import policies
from trunkline.platform.isolation.account import NOBODY, acting_for
from trunkline.platform.migrations import NotMigrated, migrate_all

HOUR = 1461387600000
LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))


@contextmanager
def as_application() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {postgres.APPLICATION}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


def isolated_models() -> list[Any]:
    tables = policies.isolated_tables()
    return [model for model in apps.get_models() if model._meta.db_table in tables]


def account_ids(model: Any) -> set[str]:
    return set(model.objects.values_list(policies.isolated_tables()[model._meta.db_table], flat=True))


@pytest.fixture
def both(northwind: Any, contoso: Any, publish: Any) -> tuple[Any, Any]:
    publish(NORTHWIND, HOUR, b"of northwind")
    publish(CONTOSO, HOUR + HOUR_MS, b"of contoso")
    return northwind, contoso


@pytest.mark.django_db(databases="__all__")
def test_without_any_filter_the_database_shows_one_account(both: Any) -> None:
    filled = [model for model in isolated_models() if account_ids(model) == {NORTHWIND, CONTOSO}]
    assert len(filled) >= 8
    with as_application():
        for model in isolated_models():
            with acting_for(NORTHWIND):
                assert account_ids(model) <= {NORTHWIND}
            assert account_ids(model) == set()
        for model in filled:
            with acting_for(CONTOSO):
                assert account_ids(model) == {CONTOSO}


@pytest.mark.django_db(databases="__all__")
def test_nothing_can_be_written_to_another_account(both: Any) -> None:
    with as_application(), acting_for(NORTHWIND):
        assert ConfigurationObject.objects.filter(account_id=CONTOSO).update(name="x") == 0
        for statement in (
            f"INSERT INTO audit_change (account_id, number, time, object_type, object_id, action, document) "
            f"VALUES ('{CONTOSO}', 4711, 0, 'skill', '1', 'add', '{{}}')",
            f"UPDATE configuration_configurationobject SET account_id = '{CONTOSO}'",
        ):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                connection.cursor().execute(statement)


@pytest.mark.django_db(databases="__all__")
def test_requests_get_nothing_foreign_when_the_programs_own_filter_is_gone(
    both: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    northwind, contoso = both
    usual = QuerySet._filter_or_exclude  # type: ignore[attr-defined]

    def without_account(self: Any, negate: bool, args: Any, kwargs: dict[str, Any]) -> Any:
        kept = {name: value for name, value in kwargs.items() if name not in ("account_id", "account")}
        return usual(self, negate, args, kept)

    monkeypatch.setattr(QuerySet, "_filter_or_exclude", without_account)
    # The mutation has teeth: whoever sees every account now gets the rows of all.
    assert len(objects.list_objects(OPERATOR, NORTHWIND, SKILL).objects) == 0
    assert {row.account_id for row in ConfigurationObject.objects.filter(account_id=NORTHWIND)} == {
        NORTHWIND,
        CONTOSO,
    }
    for caller, own, foreign in ((northwind, NORTHWIND, CONTOSO), (contoso, CONTOSO, NORTHWIND)):
        listed = caller.le("/agentActivity?startTime=0&endTime=9999999999999")
        assert listed.status_code == 200
        assert own.encode() in listed.content
        assert foreign.encode() not in listed.content
        names = [file["@href"] for file in listed.json()["dataAccessFiles"]["file"]]
        assert len(names) == 1


FORBIDDEN = (
    "UPDATE audit_change SET time = 0",
    "DELETE FROM audit_change",
    "TRUNCATE audit_change",
    "DELETE FROM audit_changedelement",
    "UPDATE audit_shadow SET after = 0",
    "INSERT INTO audit_shadow (account_id, after, \"table\", key, operation, written) VALUES ('1', 0, '', '', 'begin', 0)",
    "DELETE FROM audit_head",
    "DELETE FROM audit_notice",
    "UPDATE audit_notice SET details = '{}'",
    "ALTER TABLE audit_change DISABLE TRIGGER ALL",
    "ALTER TABLE audit_change NO FORCE ROW LEVEL SECURITY",
    "DROP TRIGGER trunkline_keep_audit_change ON audit_change",
    "DROP TABLE audit_shadow",
    "CREATE OR REPLACE FUNCTION trunkline_shadow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SET session_replication_role = replica",
)
FOR_THE_APPLICATION = (
    "UPDATE accounts_datakey SET sealed = ''",
    "DELETE FROM accounts_account",
    "DELETE FROM data_access_publishedfile",
    "UPDATE data_access_pipelinerun SET watermark = 0",
    f"SET ROLE {postgres.SYSTEM}",
    f"SET ROLE {postgres.MIGRATOR}",
)


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("role", [postgres.APPLICATION, postgres.SYSTEM])
def test_the_trail_is_closed_to_whoever_is_not_its_owner(role: str) -> None:
    statements = FORBIDDEN + (FOR_THE_APPLICATION if role == postgres.APPLICATION else ())
    with psycopg.connect(url_as(role), autocommit=True) as other:
        for statement in statements:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.lookup("42501"))):
                other.execute(statement)  # type: ignore[arg-type]


@pytest.mark.django_db(databases="__all__")
def test_to_migrate_with_one_role_what_is_laid_out_for_three_is_refused() -> None:
    with pytest.raises(NotMigrated, match="TRUNKLINE_DATABASE_URL_MIGRATOR"):
        list(migrate_all())


@pytest.mark.django_db(databases="__all__")
def test_every_table_with_an_account_is_under_forced_row_level_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        forced = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'account_id'")
        with_account = {name for (name,) in cursor.fetchall()}
    assert with_account - forced == set(policies.NOT_ISOLATED)
    assert "accounts_account" in forced


@pytest.mark.django_db(transaction=True)
def test_no_account_bleeds_into_the_next_on_the_same_connection() -> None:
    """Four connections for fifty accounts; requests that are cut off in every way, and connections that die."""
    tenants = [f"tenant{number}" for number in range(50)]
    for tenant in tenants:
        accounts.create_account(OPERATOR, tenant, name=tenant, time_zone="UTC")
    bled: list[str] = []
    threads = [threading.Thread(target=be_a_pool_thread, args=(seed, tenants, bled)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bled == []


class CutOffError(Exception):
    """A client went away, or a verb refused."""


def be_a_pool_thread(seed: int, tenants: list[str], bled: list[str]) -> None:
    chance = random.Random(seed)
    own = connections["default"]
    try:
        for _ in range(10_000 if LONG else 300):
            if own.connection is None:
                own.cursor().execute(f"SET ROLE {postgres.APPLICATION}")
            tenant = chance.choice(tenants)
            with acting_for(NOBODY):
                try:
                    answer(chance, tenant, bled)
                except (CutOffError, DatabaseError):
                    own.close_if_unusable_or_obsolete()
            if own.connection is not None and ConfigurationObject.objects.count():
                bled.append(f"after {tenant}")
    finally:
        own.close()


def answer(chance: random.Random, tenant: str, bled: list[str]) -> None:
    with acting_for(tenant):
        see(tenant, bled)
        how = chance.randrange(6)
        if how == 0:
            raise CutOffError
        with transaction.atomic():
            see(tenant, bled)
            if how == 1:
                raise CutOffError
            if how == 2:
                connection.cursor().execute("SELECT 1 / 0")
            if how == 3 and chance.random() < 0.1:
                connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")
            if how == 4:
                with acting_for(chance.choice(["nobody-at-all", tenant])):
                    Change.objects.count()
            see(tenant, bled)


def see(tenant: str, bled: list[str]) -> None:
    seen = set(ConfigurationObject.objects.values_list("account_id", flat=True))
    if seen != {tenant}:
        bled.append(f"{tenant} saw {seen}")


def url_as(role: str) -> str:
    chosen = connection.settings_dict
    return f"postgresql://{role}@{chosen['HOST']}:{chosen['PORT']}/{chosen['NAME']}"
