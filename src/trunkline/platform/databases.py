"""Which database holds what.

On SQLite, what can be rebuilt never shares a file with what cannot: `record.sqlite3` (alias `default`) holds accounts,
keys and nonces, `catalogue.sqlite3` what the pipeline has published. On PostgreSQL both live in one database and one
alias: two aliases of one database would each take the other's migrations for its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import connections, models, transaction

from trunkline.settings import SettingError, Settings

CATALOGUE_APPS = frozenset({"data_access"})
CATALOGUE = "catalogue"

# Writers wait for each other up to so many seconds before SQLite gives up with "database is locked".
_SQLITE_WAIT = 30
SQLITE_SETUP = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"


class Role(StrEnum):
    """As whom a program connects, where PostgreSQL has a role for each (`isolation.policies`)."""

    APPLICATION = "application"
    SYSTEM = "system"
    MIGRATOR = "migrator"


_role: Role | None = None


def connect_as(role: Role) -> None:
    """The role of this process, before Django is set up; who was there first decides."""
    global _role
    _role = _role or role


def databases(settings: Settings, role: Role | None = None) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for that role, or for the one of this process. Raises `SettingError`."""
    if settings.database_url:
        return {"default": _postgres(*_url_of(settings, role or _role or Role.APPLICATION))}
    if settings.database_url_system or settings.database_url_migrator:
        raise SettingError("DATABASE_URL: missing, though other roles of the database are set")
    return {
        "default": _sqlite(settings, "record.sqlite3"),
        CATALOGUE: _sqlite(settings, "catalogue.sqlite3"),
    }


def _sqlite(settings: Settings, name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(settings.data / name),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "init_command": SQLITE_SETUP,
            # A transaction that begins by reading and then writes cannot wait for its lock; taken at once, it can.
            "transaction_mode": "IMMEDIATE",
            "timeout": _SQLITE_WAIT,
        },
    }


def has_roles(settings: Settings) -> bool:
    """True if the settings name a role for each kind of program."""
    return bool(settings.database_url_system)


def _url_of(settings: Settings, role: Role) -> tuple[str, str]:
    """The variable that says it, and what it says."""
    if bool(settings.database_url_system) != bool(settings.database_url_migrator):
        raise SettingError(
            "TRUNKLINE_DATABASE_URL_SYSTEM and TRUNKLINE_DATABASE_URL_MIGRATOR: one is missing; set both, or neither"
        )
    if has_roles(settings) and role == Role.SYSTEM:
        return "TRUNKLINE_DATABASE_URL_SYSTEM", settings.database_url_system
    if has_roles(settings) and role == Role.MIGRATOR:
        return "TRUNKLINE_DATABASE_URL_MIGRATOR", settings.database_url_migrator
    return "DATABASE_URL", settings.database_url


def _postgres(variable: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise SettingError(f"{variable}: expected postgresql://user:password@host:port/name")
    return {
        "ENGINE": "trunkline.platform.isolation.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(part.split("=", 1) for part in parts.query.split("&") if "=" in part),
    }


class Router:
    """Sends the catalogue's models to its own file where there is one."""

    def db_for_read(self, model: type[models.Model], **_hints: Any) -> str:
        return alias_of(model._meta.app_label)

    def db_for_write(self, model: type[models.Model], **_hints: Any) -> str:
        return alias_of(model._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == alias_of(app_label)


def alias_of(app_label: str) -> str:
    """The database alias that holds an app's tables."""
    return CATALOGUE if app_label in CATALOGUE_APPS and CATALOGUE in connections else "default"


@contextmanager
def as_of_one_moment(alias: str) -> Iterator[None]:
    """A transaction for reading, in which all is as it was at its first query; it keeps nobody from writing."""
    connection = connections[alias]
    if connection.in_atomic_block:
        yield
        return
    with _read_only(connection), transaction.atomic(using=alias):
        yield


@contextmanager
def _read_only(connection: Any) -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_isolation = 'repeatable read'")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_isolation = 'read committed'")
        return
    connection.ensure_connection()
    usual, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        connection.transaction_mode = usual


def drop_dead_connections() -> None:
    """What Django does between requests, for programs that have none: a connection that died is opened anew."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
