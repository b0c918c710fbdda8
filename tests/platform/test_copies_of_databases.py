"""A copy of a database has every row of one moment, or there is none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.platform.live import database

from trunkline.cli.backups.databases import (
    DatabaseNotCopied,
    copy_sqlite,
    dump_postgres,
    read_sqlite,
    restore_postgres,
)

COUNT = "SELECT count(*) FROM calls"
ISOLATED = """
CREATE TABLE calls (id bigserial PRIMARY KEY, account text);
INSERT INTO calls (account) SELECT CASE i % 2 WHEN 0 THEN 'northwind' ELSE 'contoso' END FROM generate_series(1, 100) AS i;
ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON calls USING (account = 'northwind');
GRANT SELECT ON calls, calls_id_seq TO {role};
"""


def test_a_copy_has_every_row_or_is_none(tmp_path: Path) -> None:
    with database("copied") as url:
        if url:
            on_postgresql(url, tmp_path)
        else:
            on_sqlite(tmp_path)


def on_sqlite(folder: Path) -> None:
    """While somebody writes: all of what was committed, nothing of what was not."""
    with closing(sqlite3.connect(folder / "live.sqlite3")) as live:
        live.execute("PRAGMA journal_mode=WAL")
        with live:
            live.execute("CREATE TABLE calls (id INTEGER)")
            live.executemany("INSERT INTO calls VALUES (?)", [(number,) for number in range(10_000)])
        live.execute("INSERT INTO calls VALUES (0)")
        copy_sqlite(folder / "live.sqlite3", folder / "copy.sqlite3")
        live.rollback()
    assert list(read_sqlite(folder / "copy.sqlite3", COUNT)) == [(10_000,)]
    assert [path.name for path in folder.glob("copy*")] == ["copy.sqlite3"]


def on_postgresql(url: str, folder: Path) -> None:
    with role_of(url, "reader") as reader:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ISOLATED.format(role="reader").encode())
        with pytest.raises(DatabaseNotCopied, match="row-level security may hide rows of calls from reader"):
            dump_postgres(reader, folder / "refused", lambda rows: None)
        assert not (folder / "refused").exists()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE POLICY every ON calls TO reader USING (true)")
        seen: list[Any] = []
        dump_postgres(reader, folder / "dump", lambda rows: seen.extend(rows(COUNT)))
        assert seen == [(100,)]
        with database("restored") as empty:
            restore_postgres(settings_of(empty), folder / "dump")
            with psycopg.connect(empty) as connection:
                assert connection.execute(COUNT).fetchone() == (100,)


@contextmanager
def role_of(url: str, name: str) -> Iterator[dict[str, Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN".encode())
        yield settings_of(url) | {"USER": name}
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}".encode())


def settings_of(url: str) -> dict[str, Any]:
    """As Django has them."""
    known = psycopg.conninfo.conninfo_to_dict(url)
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    return {name: str(known[of]) for name, of in names.items()} | {"PASSWORD": "", "OPTIONS": {}}
