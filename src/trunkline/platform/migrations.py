"""Bringing the databases to this version of the program, and saying when they are not."""

from collections.abc import Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from trunkline.platform import project


class NotMigrated(Exception):
    """The database could not be brought to this version."""


def migrate_all() -> Iterator[str]:
    """Migrate each database in turn and give its alias. Raises `NotMigrated`."""
    settings.TRUNKLINE.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for alias in connections:
        try:
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        except DatabaseError as error:
            raise NotMigrated(f"database {alias}: {str(error).strip()}") from error
        yield alias


def pending(alias: str) -> bool:
    """True if the database has not been brought to this version. Raises `DatabaseError`."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def known_migrations() -> set[str]:
    """All migrations of this version, as `app.name`."""
    project.start()
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
