"""Copies of the databases, taken while others write to them; and the way back.

SQLite's own online copy reads one snapshot and holds nobody up. PostgreSQL has `pg_dump`, which is given the snapshot in
which the catalogue's rows are read, so that both tell of the same moment.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

DUMP = "postgresql.dump"
_SQLITE_WAIT = 30

MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
LISTED = (
    "SELECT f.key, f.ids_key FROM data_access_publishedfile f "
    "JOIN data_access_pipelinerun r ON r.id = f.run_id WHERE r.expired IS NULL"
)
READ = (
    "SELECT s.key FROM data_access_consumedsegment s "
    "JOIN data_access_pipelinerun r ON r.id = s.run_id WHERE NOT r.forgotten"
)

_HIDDEN = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND row_security_active(c.oid) AND NOT EXISTS (
  SELECT FROM pg_policy p
  WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('*', 'r') AND pg_get_expr(p.polqual, p.polrelid) = 'true'
    AND EXISTS (SELECT FROM unnest(p.polroles) AS role WHERE role = 0 OR pg_has_role(role, 'USAGE'))
) ORDER BY 1
"""
"""Tables of which row-level security may hide something from whoever asks."""

Reader = Callable[[str], Iterable[tuple[Any, ...]]]
"""The rows of a query; those of the catalogue are of the moment of the copy."""


class DatabaseNotCopied(Exception):
    """The text says why, and what to do."""


def copy_sqlite(source: Path, target: Path) -> None:
    """Raises `DatabaseNotCopied` where there is no database, it is damaged, or it stays locked."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=_SQLITE_WAIT)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            # All pages in one step: between two steps a writer would have it begin again.
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise DatabaseNotCopied(f"{source}: {error}; `trunkline migrate` makes what is missing") from None
    if found != "ok":
        raise DatabaseNotCopied(f"{source} is damaged ({found}); bring back an earlier backup")


def read_sqlite(path: Path, query: str) -> Iterator[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as copy:
        yield from copy.execute(query)


def dump_postgres(database: dict[str, Any], target: Path, read: Callable[[Reader], None]) -> None:
    """Write a dump, and let `read` ask the same snapshot. `database`: as Django has it. Raises `DatabaseNotCopied`."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with psycopg.connect(conninfo(database), password=database["PASSWORD"] or None) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

            def rows(query: str) -> Iterator[tuple[Any, ...]]:
                with connection.cursor(name="backup") as cursor:
                    yield from cursor.execute(query)

            _refuse_hidden(connection)
            ((snapshot,),) = connection.execute("SELECT pg_export_snapshot()").fetchall()
            # Without the second it would refuse every table with row-level security, though no row of it is hidden.
            wanted = [
                "--format=custom",
                "--enable-row-security",
                f"--snapshot={snapshot}",
                f"--file={target}",
            ]
            _run("pg_dump", database, *wanted)
            read(rows)
    except psycopg.Error as error:
        raise DatabaseNotCopied(f"the database cannot be read ({str(error).strip()}); start it") from None


def _refuse_hidden(connection: psycopg.Connection[Any]) -> None:
    hidden = [name for (name,) in connection.execute(_HIDDEN)]
    if hidden:
        raise DatabaseNotCopied(
            f"row-level security may hide rows of {hidden[0]} from {connection.info.user}, and of {len(hidden) - 1} more "
            "tables: take the backup as a role that sees every row"
        )


def restore_postgres(database: dict[str, Any], dump: Path) -> None:
    """All of it in one transaction, or nothing. Raises `DatabaseNotCopied`."""
    _run("pg_restore", database, "--single-transaction", "--exit-on-error", "--no-owner", str(dump))


def tables_in(database: dict[str, Any]) -> int:
    """How many tables a PostgreSQL database holds. Raises `DatabaseNotCopied` where it does not answer."""
    count = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    try:
        with psycopg.connect(conninfo(database), password=database["PASSWORD"] or None) as connection:
            ((found,),) = connection.execute(count).fetchall()
    except psycopg.Error as error:
        raise DatabaseNotCopied(
            f"the database of DATABASE_URL does not answer ({str(error).strip()})"
        ) from None
    return int(found)


def conninfo(database: dict[str, Any]) -> str:
    """How libpq names a database of Django's settings; without the password, which others could read in a list of processes."""
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    values = {to: database[name] for name, to in names.items() if database[name]}
    return make_conninfo(**values, **database["OPTIONS"])


def _run(program: str, database: dict[str, Any], *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise DatabaseNotCopied(
            f"{program} is not installed; it comes with PostgreSQL's client programs, of the server's version or newer "
            "(Debian: apt-get install postgresql-client)"
        )
    command = [path, *arguments, f"--dbname={conninfo(database)}"]
    environment = {**os.environ, "PGPASSWORD": database["PASSWORD"]} if database["PASSWORD"] else None
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise DatabaseNotCopied(f"{program} failed: {done.stderr.strip()}")
