"""Bringing the databases to this version of the program, and saying when they are not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from trunkline.platform import project
from trunkline.platform.databases import Role, databases, has_roles
from trunkline.platform.isolation import policies


class NotMigrated(Exception):
    """The database could not be brought to this version."""


def migrate_all() -> Iterator[str]:
    """Migrate each database in turn and give its alias. Raises `NotMigrated`."""
    settings.TRUNKLINE.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for alias in connections:
        try:
            with as_migrator():
                call_command("migrate", database=alias, verbosity=0, interactive=False)
                _give_rights()
        except DatabaseError as error:
            raise NotMigrated(f"database {alias}: {str(error).strip()}") from error
        yield alias


@contextmanager
def as_migrator() -> Iterator[None]:
    """Connected as the role that owns the tables, where there is one."""
    if not has_roles(settings.TRUNKLINE):
        yield
        return
    usual, owner = connections.settings, databases(settings.TRUNKLINE, Role.MIGRATOR)
    _reconnect(owner)
    try:
        yield
    finally:
        _reconnect(usual)


def _reconnect(chosen: dict[str, Any]) -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
        del connections[connection.alias]
    connections.settings = connections.configure_settings(chosen)


def _give_rights() -> None:
    chosen = settings.TRUNKLINE
    connection = connections["default"]
    if has_roles(chosen):
        application, system, owner = (databases(chosen, role)["default"]["USER"] for role in Role)
        policies.lay(connection, policies.Roles(application, system, owner))
    elif connection.vendor == "postgresql" and policies.are_laid(connection):
        raise NotMigrated(
            "The tables are laid out for three roles of the database, and the settings name only one: set "
            "TRUNKLINE_DATABASE_URL_SYSTEM and TRUNKLINE_DATABASE_URL_MIGRATOR (docs/operations.md)."
        )


def pending(alias: str) -> bool:
    """True if the database has not been brought to this version. Raises `DatabaseError`."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def known_migrations() -> set[str]:
    """All migrations of this version, as `app.name`."""
    project.start()
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
