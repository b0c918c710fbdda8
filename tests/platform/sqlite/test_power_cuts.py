"""Bar L3: power is cut at random moments; with the journal settings of the platform no acknowledged change is lost."""

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from django.db import connection
from tests.platform.conftest import NORTHWIND
from tests.platform.sqlite.power import Disk

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import SKILL
from trunkline.platform.databases import SQLITE_SETUP

CUTS = 10_000 if os.environ.get("TRUNKLINE_TEST_LONG") else 500
CHANGES = CUTS // 10

SCHEMA = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
    "ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END"
)

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(36_000 if CUTS > 500 else 300)]

Statement = tuple[str, Any]


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """The writing statements that the program gives."""
    statements: list[Statement] = []

    def execute(run: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            statements.append((sql.replace("%s", "?"), tuple(parameters)))
        return run(sql, parameters, many, context)

    with connection.execute_wrapper(execute):
        yield statements


@pytest.fixture
def changes() -> list[list[Statement]]:
    """What each change writes, by the verbs; the first makes the account."""
    found: list[list[Statement]] = []
    with recorded() as statements:
        accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    found.append(statements)
    for number in range(CHANGES):
        with recorded() as statements:
            objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": f"Skill {number}"}])
        found.append(statements)
    return found


class Cuts:
    """Cuts the power again and again while changes are made, and looks at what is found."""

    def __init__(self, folder: Path, setup: str) -> None:
        self.disk = Disk(self._perhaps_cut)
        self._chance = random.Random(512)
        self._found = folder / "found"
        self._found.mkdir()
        self._name = str(folder / "record.sqlite3")
        self._setup = setup
        self._acknowledged = 0
        self.done = self.lost = 0
        self.damaged: list[str] = []

    def run(self, schema: list[str], changes: list[list[Statement]]) -> None:
        database = apsw.Connection(self._name, vfs=self.disk.name)
        # Read to the end, or what follows the first answer is not done.
        list(database.execute(f"{self._setup} PRAGMA wal_autocheckpoint = 40"))
        for statement in schema:
            database.execute(statement)
        for statements in changes:
            database.execute("BEGIN IMMEDIATE")
            for sql, parameters in statements:
                database.execute(sql, parameters)
            database.execute("COMMIT")
            [(self._acknowledged,)] = database.execute("SELECT MAX(number) FROM audit_change")
        database.close()

    def _perhaps_cut(self) -> None:
        if self._acknowledged and self.done < CUTS and self._chance.random() < 0.7:
            self.done += 1
            for left in self._found.iterdir():
                left.unlink()
            self.disk.image(self._chance, self._found)
            with closing(sqlite3.connect(self._found / Path(self._name).name)) as database:
                self._look(database)

    def _look(self, database: sqlite3.Connection) -> None:
        """As the program finds it when it is started again."""
        [(state,)] = database.execute("PRAGMA integrity_check")
        numbers = [
            number for (number,) in database.execute("SELECT number FROM audit_change ORDER BY number")
        ]
        [(skills,)] = database.execute(
            "SELECT COUNT(*) FROM configuration_configurationobject WHERE type = 'skill'"
        )
        [(entries,)] = database.execute("SELECT COUNT(*) FROM audit_change WHERE object_type = 'skill'")
        [(head,)] = database.execute("SELECT number FROM audit_head")
        if state != "ok" or numbers != list(range(1, head + 1)) or skills != entries:
            self.damaged.append(f"{state}, {len(numbers)} of {head} entries, {skills} skills with {entries}")
        self.lost += head < self._acknowledged


def schema() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        return [sql for (sql,) in cursor.fetchall()]


def test_no_acknowledged_change_is_lost_when_the_power_is_cut(
    tmp_path: Path, changes: list[list[Statement]]
) -> None:
    cuts = Cuts(tmp_path, SQLITE_SETUP)
    cuts.run(schema(), changes)
    print(f"\nL3: {cuts.done} power cuts, {cuts.lost} acknowledged changes lost, {len(cuts.damaged)} damaged")
    assert cuts.done == CUTS
    assert cuts.damaged == []
    assert cuts.lost == 0


def test_the_disk_of_this_test_does_lose_what_is_not_synced(
    tmp_path: Path, changes: list[list[Statement]]
) -> None:
    weaker = SQLITE_SETUP.replace("synchronous=FULL", "synchronous=NORMAL")
    assert weaker != SQLITE_SETUP
    cuts = Cuts(tmp_path, weaker)
    cuts.run(schema(), changes)
    assert cuts.done > CUTS / 10
    assert cuts.lost > 0
