"""The triggers: the second, independent record of every change, and the guard of the first.

They are laid anew after every migration, so that they fit the tables. A row that is written says which change of the account
was the last then: what a verb writes under the lock of the head belongs to the changes after that one. What migrations
themselves do, between `end` and `begin`, nobody shadows.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trunkline.platform.audit import shadow_postgresql, shadow_sqlite

_MARK = """INSERT INTO audit_shadow (account_id, after, "table", key, operation, written)
    SELECT account_id, number, '', '', '{operation}', {now} FROM audit_head"""


def lay(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers into the database, in place of those there."""
    module, new = _of(connection), bool(missing(connection))
    _run(connection, *module.to_lay())
    if new:
        _run(connection, _MARK.format(operation="begin", now=module.NOW))


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: SQLite alters a table by making it anew, and triggers stand in its way."""
    module = _of(connection)
    with connection.cursor() as cursor:
        there = module.there(cursor)
    if there:
        _run(connection, _MARK.format(operation="end", now=module.NOW), *module.to_lift())


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should be there and are not, or are switched off; in order of name."""
    module = _of(connection)
    with connection.cursor() as cursor:
        there = module.there(cursor)
    return sorted(set(module.names()) - there)


def _run(connection: BaseDatabaseWrapper, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _of(connection: BaseDatabaseWrapper) -> Any:
    return shadow_postgresql if connection.vendor == "postgresql" else shadow_sqlite
