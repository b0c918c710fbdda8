"""What must be found before anybody is known: whose key or log-in this is. Each question is a function of the database.

On PostgreSQL they run by the rights of the owner, so that the application needs none on rows of accounts it does not act
for: it can ask whose a key is that it was shown, and cannot list keys.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from trunkline.platform.databases import alias_of

UNIQUE = (("accounts_apikey", "app_key"), ("api_auth_login", "digest"))
"""Table and column: whose row is it that has this value?"""

_ACCOUNT_OF = """CREATE OR REPLACE FUNCTION {name}(asked text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path FROM CURRENT AS $$ SELECT account_id FROM {table} WHERE {column} = asked $$"""

_NEWEST_FILE = """CREATE OR REPLACE FUNCTION trunkline_newest_file() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    SELECT file.key FROM data_access_publishedfile AS file JOIN data_access_pipelinerun AS run ON run.id = file.run_id
    WHERE run.expired IS NULL ORDER BY file.id DESC LIMIT 1 $$"""

OPENED = ("accounts_apikey", "api_auth_login", "data_access_publishedfile")
"""Tables that the owner of the functions must be able to read whole."""


def account_of(model: type[Model], column: str, value: str) -> str:
    """The account of the row that has this unique value; empty where there is none."""
    alias, table = alias_of(model._meta.app_label), model._meta.db_table
    if connections[alias].vendor != "postgresql":
        found = model._default_manager.using(alias).filter(**{column: value})
        return str(found.values_list("account_id", flat=True).first() or "")
    return str(_ask(alias, f"SELECT {_name(table, column)}(%s)", value) or "")


def newest_file_key() -> str | None:
    """The store key of the data file that was published last, of whatever account."""
    from trunkline.platform.data_access.queries import listed_files

    alias = alias_of("data_access")
    if connections[alias].vendor != "postgresql":
        found = listed_files().order_by("-id").values_list("key", flat=True).first()
    else:
        found = _ask(alias, "SELECT trunkline_newest_file()")
    return None if found is None else str(found)


def lay(connection: BaseDatabaseWrapper) -> None:
    """Make the functions, where the database has any."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in _to_lay():
                cursor.execute(statement)


def _to_lay() -> Iterator[str]:
    for table, column in UNIQUE:
        yield _ACCOUNT_OF.format(name=_name(table, column), table=table, column=column)
    yield _NEWEST_FILE


def _name(table: str, column: str) -> str:
    return f"trunkline_account_of_{table}_{column}"


def _ask(alias: str, question: str, *values: str) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]
