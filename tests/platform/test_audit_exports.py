"""What exports promise: nothing missed, nothing twice, nothing that stops them, whatever stands in the trail."""

import json
import os
import random
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.platform.auditing import JANE, audit_data, exported, record, records
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.cli.audit_copy import NotThisTrail, TrailCopy
from trunkline.platform.accounts import accounts, data_types, keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.csv_export import safe_text
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.lines import export_lines
from trunkline.platform.audit.models import Change, Head
from trunkline.platform.audit.query import Page, count_changes, find_changes
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import LOB, SKILL

LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
WRITERS, CHANGES, DELAY = (16, 62_500, 2.0) if LONG else (6, 12, 0.02)

pytestmark = pytest.mark.django_db

POISON = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "a\nb\r\nc",
    "\0",
    "=\0",
    '"quoted", and, commas',
    "\u2028\u2029\x85",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🦑",
    "\ud7ff\ue000\uffff",
    "x" * 60_000,
    '{"secret":"s"}',
    "",
]


@pytest.fixture
def reader() -> Caller:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    key = keys.create_key(OPERATOR, NORTHWIND, name="archive", permissions=["audit-trail"])
    return Caller(NORTHWIND, key)


@pytest.mark.django_db(transaction=True)
def test_an_exporter_beside_writers_who_wait_before_they_commit_misses_nothing(reader: Caller) -> None:
    def write(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for change in range(CHANGES):
                with transaction.atomic():
                    record(JANE, id=f"{seed}-{change}", before=None, after={"name": "x"})
                    time.sleep(chance.random() * DELAY)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    found, cursor, running = [], 0, True
    while running:
        # Asked before reading: what is written until then must be read.
        running = any(writer.is_alive() for writer in writers)
        part = export_lines(OPERATOR, NORTHWIND, Filter(), after=cursor)
        found += [json.loads(line) for line in b"".join(part.text).splitlines()]
        cursor = part.cursor
    assert [entry["number"] for entry in found] == list(range(1, Head.objects.get().number + 1))
    written = {entry["object"]["id"] for entry in found if entry["object"]["type"] == "skill"}
    assert written == {f"{seed}-{change}" for seed in range(WRITERS) for change in range(CHANGES)}
    assert all(one["time"] <= other["time"] for one, other in pairwise(found))


def test_what_is_acknowledged_is_in_the_next_answer(reader: Caller) -> None:
    for change in range(100_000 if LONG else 50):
        record(JANE, before={"name": change}, after={"name": change + 1})
        [row] = find_changes(OPERATOR, NORTHWIND, Filter(), Page(first=1))
        assert row.changed.new == change + 1


def test_no_value_stops_an_export_or_a_page(reader: Caller) -> None:
    for place, poison in enumerate(POISON):
        record(JANE, id=str(place), name=f"n{place}", before={"text": "old"}, after={"text": poison})
    lines = b"".join(export_lines(OPERATOR, NORTHWIND, Filter(users=frozenset({"42"}))).text)
    assert [json.loads(line)["changes"][0]["new"] for line in lines.split(b"\n")[:-1]] == POISON
    paged = audit_data(reader, "orderDirection:[ASC]", "newValue")
    assert [row["newValue"] for row in paged] == POISON
    assert count_changes(OPERATOR, NORTHWIND, Filter(users=frozenset({"42"}))) == len(POISON)
    csv = exported(reader)
    assert csv[4] == str(len(POISON))
    rows = records(csv)
    assert [row["Object name"] for row in rows] == [f"n{place}" for place in reversed(range(len(POISON)))]
    assert all(not row["New value"].startswith(("=", "+", "-", "@", "\t", "\r", "\0")) for row in rows)


@pytest.mark.parametrize("number", ["-1", "0", "120", "-12.5"])
def test_a_number_stays_a_number_in_a_spreadsheet(number: str) -> None:
    assert safe_text(number) == number


@given(st.text())
def test_no_cell_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    cell = safe_text(text)
    assert cell.removeprefix("'") == text.replace("\0", "").removeprefix("'")
    if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        float(cell)


def test_the_old_value_is_the_new_value_of_the_change_before(reader: Caller) -> None:
    made = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": f"Skill {n}"} for n in range(3)])
    chance = random.Random(5)
    for step in range(40):
        skill = chance.choice(made)
        values = {
            "name": f"Skill {skill.number}",
            "maxWaitTime": chance.randint(0, 3),
            "description": f"{step % 3}",
        }
        objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill.number: values})
    data_types.switch_on(OPERATOR, NORTHWIND, "agentActivity", heartbeats=True)
    data_types.switch_on(OPERATOR, NORTHWIND, "agentActivity")
    objects.delete_objects(OPERATOR, NORTHWIND, SKILL, [made[0].number])
    known: dict[tuple[str, str, str], Any] = {}
    for text in Change.objects.order_by("number").values_list("document", flat=True):
        entry = json.loads(text)
        for change in entry["changes"]:
            key = (entry["object"]["type"], entry["object"]["id"], change["element"])
            assert change["old"] == known.get(key)
            known[key] = change["new"]
    assert len(known) > 50


def test_a_copy_that_was_cut_off_anywhere_goes_on_to_the_whole(reader: Caller, tmp_path: Path) -> None:
    objects.create_objects(OPERATOR, NORTHWIND, LOB, [{"name": f"Line {n} €"} for n in range(10)])
    whole = b"".join(export_lines(OPERATOR, NORTHWIND, Filter()).text)

    @given(st.lists(st.integers(0, len(whole)), max_size=4))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def check(cuts: list[int]) -> None:
        path = tmp_path / "trail.ndjson"
        path.unlink(missing_ok=True)
        for cut in [*cuts, len(whole)]:
            with TrailCopy(path, NORTHWIND) as copy:
                copy.write(export_lines(OPERATOR, NORTHWIND, Filter(), after=copy.last).text)
            assert path.read_bytes() == whole
            with path.open("r+b") as file:
                file.truncate(cut)

    check()


@pytest.mark.parametrize(
    "text",
    [b'{"account":"28045150","number":3}\n', b"notes\n", b"[1]\n", b"\n", b"notes", b'{"account":"2804'],
)
def test_a_file_of_something_else_is_not_gone_on_with(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "trail.ndjson"
    path.write_bytes(text)
    with pytest.raises(NotThisTrail):
        TrailCopy(path, NORTHWIND)
    assert path.read_bytes() == text
