"""The trail as JSON lines: nothing twice, nothing missed, byte for byte what is kept."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.platform.auditing import AUDIT
from tests.platform.conftest import NORTHWIND, Caller

from trunkline.platform.accounts import accounts, keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit import lines as module
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.lines import export_lines
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import LOB, SKILL

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Caller:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")
    key = keys.create_key(OPERATOR, NORTHWIND, name="archive", permissions=["audit-trail"])
    skills = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": f"Skill {n}"} for n in range(9)])
    objects.create_objects(OPERATOR, NORTHWIND, LOB, [{"name": f"Line {n}"} for n in range(9)])
    objects.delete_objects(OPERATOR, NORTHWIND, SKILL, [skill.number for skill in skills[:3]])
    return Caller(NORTHWIND, key)


def kept() -> list[bytes]:
    rows = Change.objects.filter(account_id=NORTHWIND).order_by("number")
    return [f"{text}\n".encode() for text in rows.values_list("document", flat=True)]


def ask(caller: Caller, query: str = "") -> tuple[list[bytes], int]:
    """The lines of an answer, and its cursor."""
    response = caller.get(f"{AUDIT.format(caller.account_id)}/lines{query}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/x-ndjson"
    return b"".join(response.streaming_content).splitlines(keepends=True), int(response["X-Next-Cursor"])


def test_the_lines_are_the_entries_byte_for_byte(reader: Caller) -> None:
    lines, cursor = ask(reader)
    assert lines == kept()
    assert cursor == len(lines)
    assert [json.loads(line)["number"] for line in lines] == list(range(1, cursor + 1))


def test_a_cursor_goes_on_where_it_stopped(reader: Caller) -> None:
    found, cursor = [], 0
    while True:
        lines, after = ask(reader, f"?after={cursor}&limit=4")
        assert len(lines) <= 4
        found, cursor = found + lines, after
        if not lines:
            break
    assert found == kept()
    assert ask(reader, f"?after={cursor}") == ([], cursor)
    assert ask(reader, f"?after={cursor + 50}") == ([], cursor + 50)


def test_a_filter_that_fits_little_still_moves_the_cursor(reader: Caller) -> None:
    lines, cursor = ask(reader, "?componentTypes=ACSkillObject&actions=delete")
    assert [json.loads(line)["action"] for line in lines] == ["delete"] * 3
    assert cursor == len(kept())


def test_however_it_is_cut_the_parts_are_the_whole(reader: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    monkeypatch.setattr(module, "_LINES_AT_ONCE", 7)
    documents: list[dict[str, Any]] = [json.loads(line) for line in kept()]

    @given(
        st.sampled_from([frozenset(), frozenset({"skill"}), frozenset({"lob", "profile"})]),
        st.sampled_from(["", "name", "maxWaitTime"]),
        st.integers(1, 12),
    )
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def check(types: frozenset[str], element: str, limit: int) -> None:
        filter, cursor, found = Filter(object_types=types, element=element), 0, b""
        while cursor < len(documents):
            part = export_lines(OPERATOR, NORTHWIND, filter, after=cursor, limit=limit)
            assert part.cursor > cursor
            cursor, found = part.cursor, found + b"".join(part.text)
        assert [json.loads(line)["number"] for line in found.splitlines()] == [
            document["number"]
            for document in documents
            if (not types or document["object"]["type"] in types)
            and (not element or element in [change["element"] for change in document["changes"]])
        ]

    check()


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "limit=0", "limit=100001", f"after={2**63}", "fromDate=x"]
)
def test_what_cannot_be_answered_is_named(reader: Caller, query: str) -> None:
    response = reader.get(f"{AUDIT.format(NORTHWIND)}/lines?{query}")
    assert response.status_code == 400
    assert response.json()["error"]["field"] == query.partition("=")[0]
