"""What each role may do, and which rows it sees. Laid by `trunkline migrate`, which runs as the owner of the tables.

application: the platform's server. Sees the rows of the account that its transaction is for; can add to the audit trail and
  never change it; cannot touch what the pipeline has published.
system: the pipeline, the collector's key list and the commands of an operator. Sees every account; the trail is as closed to it.
owner (migrator): owns the tables, and is under the policies as well: a migration of data names one account after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from trunkline.platform.isolation.lookups import OPENED
from trunkline.platform.isolation.postgresql.base import SETTING

NOT_ISOLATED = {
    "api_auth_guess": "counts by hashes of what was claimed, of accounts that need not exist; no data of anybody",
}
"""Tables with an account that have no policy, with the reason."""

_TRAIL = {
    "audit_change": "SELECT, INSERT",
    "audit_changedelement": "SELECT, INSERT",
    "audit_head": "SELECT, INSERT, UPDATE",
    "audit_series": "SELECT, INSERT, UPDATE (lines)",
    "audit_notice": "SELECT, INSERT, UPDATE (count, last)",
    "audit_shadow": "SELECT",
}
_ONLY_READ_BY_APPLICATION = ("accounts_datakey", "data_access_")
_EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True)
class Roles:
    """The names of those who connect."""

    application: str
    system: str
    owner: str


def isolated_tables() -> dict[str, str]:
    """Every table with an account, and the column that names it."""
    found = {"accounts_account": "id"}
    for model in apps.get_models():
        table = model._meta.db_table
        columns = {field.column for field in model._meta.local_concrete_fields}
        if "account_id" in columns and table not in NOT_ISOLATED:
            found[table] = "account_id"
    return found


def lay(connection: BaseDatabaseWrapper, roles: Roles) -> None:
    """Give the roles what they need, and no more; repeated, it takes back what was given beyond."""
    tables = sorted({model._meta.db_table for model in apps.get_models()} | {"django_migrations"})
    with connection.cursor() as cursor:
        for statement in (*_grants(roles, tables), *_policies(roles)):
            cursor.execute(statement)


def are_laid(connection: BaseDatabaseWrapper) -> bool:
    """True if the tables are kept for three roles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE oid = to_regclass('accounts_account')")
        found = cursor.fetchone()
    return bool(found and found[0])


def _grants(roles: Roles, tables: list[str]) -> Iterator[str]:
    for role, rights_on in ((roles.application, _of_application), (roles.system, _of_system)):
        yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
        yield f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"'
        for table in tables:
            yield f'REVOKE ALL ON "{table}" FROM "{role}"'
            yield f'GRANT {rights_on(table)} ON "{table}" TO "{role}"'


def _of_application(table: str) -> str:
    if table == "accounts_account":
        # To lock a row is a right of those who may update it.
        return "SELECT, UPDATE (name, time_zone)"
    if table in _TRAIL or not table.startswith(_ONLY_READ_BY_APPLICATION):
        return _of_system(table)
    return "SELECT"


def _of_system(table: str) -> str:
    return "SELECT" if table == "django_migrations" else _TRAIL.get(table, _EVERYTHING)


def _policies(roles: Roles) -> Iterator[str]:
    for table, column in isolated_tables().items():
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
        yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
        own = f"{column} = current_setting('{SETTING}', true)"
        yield from _policy(table, "trunkline_own", f"USING ({own}) WITH CHECK ({own})")
        yield from _policy(table, "trunkline_every", f'TO "{roles.system}" USING (true) WITH CHECK (true)')
    owner = f'TO "{roles.owner}"'
    for table in (*OPENED, "accounts_account", "audit_head"):
        yield from _policy(table, "trunkline_looked_up", f"FOR SELECT {owner} USING (true)")
    yield from _policy("audit_shadow", "trunkline_shadowed", f"FOR INSERT {owner} WITH CHECK (true)")


def _policy(table: str, name: str, rest: str) -> Iterator[str]:
    yield f'DROP POLICY IF EXISTS {name} ON "{table}"'
    yield f'CREATE POLICY {name} ON "{table}" {rest}'
